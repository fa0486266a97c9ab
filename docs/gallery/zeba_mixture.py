"""Several normal laws that follow the metric.

A mixture of three locally adaptive normals of points on two sides of a hill and behind it, coloured by the likeliest
law, with the contours of the mixture's density with respect to volume.
"""

hill = lg.PullbackMetric(lambda z: torch.cat([z, 3 * torch.exp(-z.square().sum(1, keepdim=True))], 1))
generator, around = torch.Generator().manual_seed(1), ((-3.0, 3.0), (-2.5, 3.0))
angle = torch.tensor([0.2, 2.0, 4.0]).double()[torch.arange(150) % 3]
angle = angle + 0.35 * torch.randn(150, generator=generator, dtype=torch.float64)
points = 1.4 * torch.stack([angle.cos(), angle.sin()], 1)
points += 0.2 * torch.randn(150, 2, generator=generator, dtype=torch.float64)
found = lg.locally_adaptive_mixture(hill, points, 3, generator=generator, grid=lg.GridMetric(hill, around), size=65)
x, y = (torch.linspace(low, high, 60, dtype=torch.float64) for low, high in around)
height = found.log_density(torch.cartesian_prod(x, y)).view(60, 60).T
axes = lg.plot.latent_map(hill, data=points, labels=found.labels, bounds=around)
axes.contour(x, y, height - height.max(), levels=[-4, -2.5, -1], colors="black", linestyles="solid", linewidths=0.8)
axes.plot(*found.means.T, "o", markersize=9, markerfacecolor="#D55E00", markeredgecolor="white", zorder=7)
