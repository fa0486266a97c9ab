"""Vectors carried along.

Parallel transport of two vectors along a geodesic: their lengths and the angle between them stay what they were, as the
metric measures them.
"""

curve = one.curve
frame = torch.eye(2, dtype=torch.float64)[None] * 0.3
axes = lg.plot.latent_map(metric, solution=one, bounds=box)
carried = lg.parallel_transport(metric, curve, frame).vector
for at, vectors in ((0.0, frame), (1.0, carried)):
    for vector, colour in zip(vectors[0], ("#882255", "#117733")):
        axes.quiver(
            *curve([at])[0, 0], *vector, color=colour, angles="xy", scale_units="xy", scale=1, width=0.008, zorder=7
        )
