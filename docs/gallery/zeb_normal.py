"""A normal law that follows the metric.

The locally adaptive normal distribution of points around a hill: where its density with respect to volume is as at one
and at two standard deviations. Its contours go round the hill, over which the way is long.
"""

hill = lg.PullbackMetric(lambda z: torch.cat([z, 3 * torch.exp(-z.square().sum(1, keepdim=True))], 1))
generator, around = torch.Generator().manual_seed(0), ((-3.0, 3.0), (-2.5, 3.5))
angle = 1.6 + 0.6 * torch.randn(80, generator=generator, dtype=torch.float64)
points = 1.5 * torch.stack([angle.cos(), angle.sin()], 1)
points += 0.2 * torch.randn(80, 2, generator=generator, dtype=torch.float64)
law = lg.locally_adaptive_normal(hill, points, grid=lg.GridMetric(hill, around))
x, y = (torch.linspace(low, high, 60, dtype=torch.float64) for low, high in around)
height = law.log_density(torch.cartesian_prod(x, y)).view(60, 60).T + law.log_normaliser
axes = lg.plot.latent_map(hill, data=points, bounds=around)
axes.contour(x, y, height, levels=[-2, -0.5], colors=["#E69F00", "#D55E00"], linestyles="solid")
axes.plot(*law.mean, "o", markersize=9, markerfacecolor="#D55E00", markeredgecolor="white", zorder=7)
