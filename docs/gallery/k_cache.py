"""A cache.

The metric on a lattice, with a smooth interpolant. What it is wrong by, at places between its nodes.
"""

grid = lg.GridMetric(metric, bounds=box)
x0, y0 = (torch.linspace(low, high, 90, dtype=torch.float64) for low, high in box)
z = torch.cartesian_prod(x0, y0)
wrong = (grid(z) - metric(z)).abs().amax((1, 2)) / metric(z).abs().amax((1, 2))
image = plt.pcolormesh(x0, y0, wrong.view(90, 90).T.log10(), cmap="cividis", shading="nearest")
plt.colorbar(image, label="relative error of the cached metric, power of ten")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
