"""How a digit varies.

Principal components of the logarithms of threes at their mean, followed along geodesics for two standard deviations
either way.
"""

threes = encodings[torch.tensor(labels) == 3][:40]
found = lg.tangent_pca(metric, threes)
axes = lg.plot.latent_map(metric, data=threes, bounds=box)
reach = torch.linspace(-2, 2, 21, dtype=torch.float64)
for component, variance, colour in zip(found.components, found.variances, ("#D55E00", "#0072B2")):
    start, along = found.point.expand(21, 2).contiguous(), component.expand(21, 2).contiguous()
    axes.plot(*lg.exponential(metric, start, along, reach * variance.sqrt(), 1e-4).point.T, color=colour, linewidth=2)
