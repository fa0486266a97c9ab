"""Where most changes, and which way.

The logarithm of the magnification factor, which no number of dimensions or outputs lets overflow, and at each point the
latent direction in which the image changes most: the metric's largest eigenvalue, found without forming the metric.
"""

z = torch.cartesian_prod(*(torch.linspace(low, high, 40, dtype=torch.float64) for low, high in box))
shade = lg.log_magnification_factor(metric, z).view(40, 40).T
image = plt.pcolormesh(z[:, 0].unique(), z[:, 1].unique(), shade, cmap="cividis", shading="nearest")
plt.colorbar(image, label="log magnification factor")
some = z.view(40, 40, 2)[2::5, 2::5].reshape(-1, 2)
top = lg.top_eigenpairs(metric, some, 1, generator=torch.Generator().manual_seed(0)).vectors[:, :, 0]
# G v is along v
stretch = (lg.metric_product(metric, some, top) * top).sum(1).sqrt()
print(f"one latent unit along them changes the image by {stretch.min():.3g} to {stretch.max():.3g}")
plt.quiver(*some.T, *top.T, color="white", pivot="mid", headwidth=0, headlength=0, headaxislength=0)
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
