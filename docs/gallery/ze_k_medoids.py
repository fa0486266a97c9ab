"""Clusters.

Ten medoids of 300 encodings by geodesic distances: each image belongs to the nearest of them.
"""

found = lg.k_medoids(lg.distance_matrix(metric, encodings[:300]), 10)
plt.scatter(*encodings[:300].T, c=found.labels, cmap="tab10", s=12)
plt.scatter(*encodings[found.medoids].T, c=range(10), cmap="tab10", s=120, edgecolors="black")
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
