"""Geodesics side by side.

A Jacobi field, how a geodesic that leaves a little to the side parts from this one, and the conjugate points, where
such neighbours have come together again: from the first of them on, the geodesic is no longer the shortest.
"""

t = torch.linspace(0, 1, 25, dtype=torch.float64)
start = one.curve.derivative([0.0])[:, 0]
aside = torch.stack([-start[:, 1], start[:, 0]], 1) / start.norm() * 0.3
found = lg.jacobi_field(metric, one.curve, torch.zeros_like(aside), aside, t)
axes = lg.plot.latent_map(metric, solution=one, bounds=box)
z = one.curve(t)[0]
axes.quiver(*z.T, *found.field[0].T, color="#882255", angles="xy", scale_units="xy", scale=1, width=0.004)
first = lg.conjugate_points(metric, one.curve).first
if first.item() <= 1:
    axes.plot(*one.curve(first)[0].T, "x", color="#882255", markersize=12)
print("conjugate points:", "none" if first.isinf().all() else f"the first at {first.item():.2f} of the way")
