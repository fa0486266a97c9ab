"""Heat.

Where Brownian motion is a while after it began at one point, on a hill: the heat kernel, and walkers. Up the slope,
where the metric is large, both go slowly.
"""

hill = lg.PullbackMetric(lambda z: torch.cat([z, 3 * torch.exp(-z.square().sum(1, keepdim=True))], 1))
start, around, time = torch.tensor([[-1.2, 0.3]], dtype=torch.float64), ((-3.0, 1.5), (-2.0, 2.5)), 0.6
heat: lg.HeatKernel = lg.heat_kernel(hill, start[0], time, around, 97)
walkers: lg.BrownianMotion = lg.brownian_motion(
    hill, start.expand(60, -1), time, 60, generator=torch.Generator().manual_seed(0)
)
axes = lg.plot.latent_map(hill, bounds=around)
levels = heat.density.max() * torch.tensor([0.03, 0.1, 0.3, 0.6])
axes.contour(heat.z[0, :, 0], heat.z[:, 0, 1], heat.density, levels=levels, cmap="plasma", linewidths=1)
axes.plot(*walkers.path[:, -1].T, "o", color="white", markeredgecolor="black", markersize=4)
