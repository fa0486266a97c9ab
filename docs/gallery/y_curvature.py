"""Curvature.

Where geodesics that start side by side come together (positive) and where they part (negative).
"""

z = torch.cartesian_prod(*(torch.linspace(low, high, 70, dtype=torch.float64) for low, high in box))
K = lg.gaussian_curvature(metric, z).view(70, 70).T
limit = K.abs().quantile(0.95).item()
image = plt.pcolormesh(z[:, 0].unique(), z[:, 1].unique(), K, vmin=-limit, vmax=limit, cmap="PuOr", shading="nearest")
plt.colorbar(image, label="Gaussian curvature")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
