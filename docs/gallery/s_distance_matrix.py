"""All distances.

Among 300 images, sorted by their digit: blocks along the diagonal are digits that are near to themselves.
"""

order = torch.tensor(labels[:300]).argsort()
distances = lg.distance_matrix(metric, encodings[:300][order])
plt.imshow(distances, cmap="cividis")
plt.colorbar(label="geodesic distance")
starts = torch.tensor(labels[:300])[order].bincount().cumsum(0)
plt.gca().set(
    xticks=starts - 15, xticklabels=range(10), yticks=starts - 15, yticklabels=range(10), xlabel="digit", ylabel="digit"
)
