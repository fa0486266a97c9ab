"""A density.

How densely encodings lie, by kernels of geodesic distance: per unit of the metric's volume. The bandwidth is that by
which points that are held out are likeliest.
"""

x, y = (torch.linspace(low, high, 70, dtype=torch.float64) for low, high in box)
found = lg.kernel_density(metric, encodings[:500], torch.cartesian_prod(x, y))
image = plt.pcolormesh(x, y, found.density.view(70, 70).T, cmap="cividis", shading="nearest")
plt.colorbar(image, label=f"density by volume, bandwidth {found.bandwidth:.2g}")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
