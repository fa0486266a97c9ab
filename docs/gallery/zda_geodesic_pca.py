"""The geodesics nearest to points.

Points around a hill, most of them on one side: the first principal geodesic (orange) goes around the hill and need not
lead through the mean (black); the second (blue) crosses it at a right angle. Dashed: tangent components at the mean.
"""

hill = lg.PullbackMetric(lambda z: torch.cat([z, 3 * torch.exp(-z.square().sum(1, keepdim=True))], 1))
generator = torch.Generator().manual_seed(0)
angle = 0.1 + 3.0 * torch.rand(60, generator=generator, dtype=torch.float64).square()
z = (1.3 + 0.1 * torch.randn(60, generator=generator, dtype=torch.float64))[:, None]
z = z * torch.stack([angle.cos(), angle.sin()], 1)
found = lg.geodesic_pca(hill, z, 2)
tangent = lg.tangent_pca(hill, z)
axes = lg.plot.latent_map(hill, data=z, bounds=((-2.2, 2.2), (-0.6, 2.2)))
for number, (colour, far) in enumerate((("#D55E00", (-2.6, 1.4)), ("#0072B2", (-0.8, 0.8)))):
    reach = torch.linspace(*far, 41, dtype=torch.float64)
    for pca, style in ((found, "-"), (tangent, "--")):
        start, along = pca.point.expand(41, 2).contiguous(), pca.components[number].expand(41, 2).contiguous()
        axes.plot(*lg.exponential(hill, start, along, reach).point.T, style, color=colour, linewidth=2)
axes.plot(*tangent.point, "ko")
