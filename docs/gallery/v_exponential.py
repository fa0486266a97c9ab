"""Straight ahead, in all directions.

The exponential map: geodesics that leave a point with equal speed, and where they are after equal times.
"""

source = encodings.median(0).values
angle = torch.linspace(0, 2 * torch.pi, 49, dtype=torch.float64)[:-1]
aim = torch.stack([angle.cos(), angle.sin()], 1)
speed = metric.squared_speed(source.expand(48, 2), aim).sqrt()
axes = lg.plot.latent_map(metric, bounds=box)
for time in torch.linspace(0.5, 1.5, 3).tolist():
    reached = lg.exponential(metric, source.expand(48, 2), aim / speed[:, None], time)
    axes.plot(*reached.point.T, ".", markersize=4, label=f"distance {time:.2f}")
axes.plot(*source, "*", color="white", markeredgecolor="black", markersize=12)
axes.legend(fontsize="x-small", loc="upper right")
