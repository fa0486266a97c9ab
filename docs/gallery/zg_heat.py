"""Heat.

Where Brownian motion is a while after it began at one point: the heat kernel, and walkers. Both go far where the
metric is small.
"""

start = eights[pair]
time = 0.02 * float(metric(start)[0].diagonal().sum())
heat: lg.HeatKernel = lg.heat_kernel(metric, start[0], time, box, 97)
axes = lg.plot.latent_map(metric, bounds=box)
levels = heat.density.max() * torch.tensor([0.03, 0.1, 0.3, 0.6])
axes.contour(heat.z[0, :, 0], heat.z[:, 0, 1], heat.density, levels=levels, cmap="plasma", linewidths=1)
walkers = lg.brownian_motion(metric, start.expand(60, -1), time, 60, generator=torch.Generator().manual_seed(0))
axes.plot(*walkers[:, -1].T, "o", color="white", markeredgecolor="black", markersize=4)
