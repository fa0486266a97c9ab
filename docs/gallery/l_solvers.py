"""Six solvers, one pair.

The default (`SplineCurve`), the paper's network, a path on a graph, and three others, on the same cached metric.
"""

solvers = {
    "SplineCurve": lg.SplineCurve(),
    "NeuralCurve": lg.NeuralCurve(steps=300),
    "GraphPath": lg.GraphPath(),
    "GaussNewton": lg.GaussNewton(),
    "Georce": lg.Georce(),
    "BVP": lg.BVP(tolerance=1e-2),
}
cached = lg.GridMetric(metric, bounds=box)
axes = lg.plot.latent_map(cached, data=encodings, bounds=box)
for name, solver in solvers.items():
    found = lg.geodesic(cached, eights[pair], threes[pair], solver)
    axes.plot(*found.curve(100)[0].T, label=f"{name}: {found.length.item():.3f}, {found.outcome[0].value}")
axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, fontsize="x-small")
