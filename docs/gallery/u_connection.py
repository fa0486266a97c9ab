"""What bends a geodesic.

Christoffel symbols: the acceleration of a curve that leaves each point to the right.
"""

z = torch.cartesian_prod(*(torch.linspace(low + 0.3, high - 0.3, 14, dtype=torch.float64) for low, high in box))
right = torch.tensor([1.0, 0.0], dtype=torch.float64)
bend = -torch.einsum("bkij,i,j->bk", lg.christoffel(metric, z), right, right)
axes = lg.plot.latent_map(metric, bounds=box)
axes.quiver(*z.T, *(bend / bend.norm(dim=1, keepdim=True).clamp(min=1)).T, color="#882255", width=0.004)
