"""Clusters around means.

All encodings in ten clusters by geodesic distances, each around its Frechet mean.
"""

found = lg.k_means(metric, encodings, 10, generator=torch.Generator().manual_seed(0))
plt.scatter(*encodings.T, c=found.labels, cmap="tab10", s=5)
plt.scatter(*found.centres.T, c=range(10), cmap="tab10", s=120, edgecolors="black")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
