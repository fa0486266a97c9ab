"""Clusters around means.

A third of the encodings in ten clusters by geodesic distances, each around its Frechet mean.
"""

points = encodings[::3]
found = lg.k_means(metric, points, 10, generator=torch.Generator().manual_seed(0))
plt.scatter(*points.T, c=found.labels, cmap="tab10", s=8)
plt.scatter(*found.centres.T, c=range(10), cmap="tab10", s=120, edgecolors="black")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
