"""Curvature in any dimension.

Along a geodesic, by four functions that take any number of latent dimensions. In two there is one curvature only, and
all agree; in more, each plane has its own.
"""

t = torch.linspace(0, 1, 60, dtype=torch.float64)
z = one.curve(t)[0]
right, up = torch.eye(2, dtype=torch.float64)[:, None].expand(2, 60, 2)
G = metric(z)
lowered = torch.einsum("bi,bi->b", G[:, 0], lg.riemann(metric, z)[:, :, 1, 0, 1])
plt.plot(t, lg.sectional_curvature(metric, z, right, up), label="of the plane of two vectors", linewidth=6, alpha=0.4)
plt.plot(t, lg.scalar_curvature(metric, z) / 2, label="half the scalar curvature", linewidth=3)
plt.plot(t, lg.ricci(metric, z)[:, 0, 0] / G[:, 0, 0], label="Ricci's, along a vector", linestyle="--")
plt.plot(t, lowered / torch.linalg.det(G), label="the Riemann tensor's one number", linestyle=":", color="black")
plt.gca().set(xlabel="along the geodesic", ylabel="curvature")
plt.legend()
