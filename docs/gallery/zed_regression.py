"""Regression.

Points that move around a hill as time goes by: the geodesic that is nearest to them at their times (orange), and the
line of least squares in latent units, which goes over it (dashed).
"""

hill = lg.PullbackMetric(lambda z: torch.cat([z, 2 * torch.exp(-z.square().sum(1, keepdim=True))], 1))
time = torch.linspace(0, 10, 40, dtype=torch.float64)
angle = 0.6 + 0.2 * time
z = 1.3 * torch.stack([angle.cos(), angle.sin()], 1)
z += 0.15 * torch.randn(40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
found = lg.geodesic_regression(hill, time, z)
axes = lg.plot.latent_map(hill, data=z, bounds=((-2.2, 2.2), (-1.2, 2.4)))
start, along = found.point.expand(40, 2).contiguous(), found.velocity.expand(40, 2).contiguous()
axes.plot(*lg.exponential(hill, start, along, time - found.time).point.T, color="#D55E00", linewidth=2)
design = torch.stack([torch.ones_like(time), time], 1)
axes.plot(*(design @ torch.linalg.lstsq(design, z).solution).T, "--", color="#0072B2")
axes.set_title(f"$R^2$ = {found.r_squared:.2f}")
