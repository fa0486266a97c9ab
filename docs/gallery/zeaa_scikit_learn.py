"""Estimators for scikit-learn.

The digit of the five nearest neighbours by geodesic distance, over the latent space; circles are those it was told.
Crosses are the centres of ten clusters.
"""

from latentgeo.sklearn import GeodesicKMeans, GeodesicKNeighborsClassifier

told, digits = encodings[::12].numpy(), labels[::12]
classifier = GeodesicKNeighborsClassifier(5, metric=metric, size=65).fit(told, digits)
x, y = (torch.linspace(low, high, 24).double() for low, high in box)
at = torch.cartesian_prod(x, y)
classes = classifier.predict(at.numpy()).reshape(24, 24)
plt.pcolormesh(x, y, classes.T, cmap="tab10", vmin=0, vmax=9, alpha=0.4, shading="nearest")
plt.scatter(*told.T, c=digits, cmap="tab10", vmin=0, vmax=9, s=14, edgecolors="black", linewidths=0.3)
clusters = GeodesicKMeans(10, metric=metric, random_state=0, size=65).fit(told)
plt.scatter(*clusters.cluster_centers_.T, marker="x", c="black", s=60)
plt.gca().set(xlabel="latent $z_1$", ylabel="latent $z_2$", aspect="equal")
