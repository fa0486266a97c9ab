"""How slant changes a digit.

The geodesic that best predicts where a six is by how much it leans, from the covariance of its ink.
"""

own = torch.tensor(labels) == 6
sixes, ink = encodings[own][:60], x[own][:60].double().view(-1, 8, 8)
column, row = torch.arange(8.0).double(), torch.arange(8.0).double()[:, None]
column, row = (axis - (ink * axis).sum((1, 2), True) / ink.sum((1, 2), True) for axis in (column, row))
slant = (ink * column * row).sum((1, 2)) / ink.sum((1, 2))
found = lg.geodesic_regression(metric, slant, sixes)
axes = lg.plot.latent_map(metric, data=sixes, bounds=box)
times = torch.linspace(slant.min(), slant.max(), 30, dtype=torch.float64) - found.time
start, along = found.point.expand(30, 2).contiguous(), found.velocity.expand(30, 2).contiguous()
axes.plot(*lg.exponential(metric, start, along, times, 1e-4).point.T, color="#D55E00", linewidth=2)
axes.set_title(f"$R^2$ = {found.r_squared:.2f}")
