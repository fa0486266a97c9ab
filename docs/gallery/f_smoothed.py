"""The paper's smoothing.

Singular values `s` of the metric become `s³ / (s² + lambda_s)`: what is small becomes far smaller, so that cheap
valleys get cheaper. Three strengths, each with its own geodesic.
"""

figure, panels = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for axes, strength in zip(panels, (0, 1, 1000)):
    smoothed = lg.SmoothedMetric.from_data(metric, encodings, strength)
    found = lg.geodesic(smoothed, eights[pair], threes[pair], data=encodings)
    lg.plot.latent_map(smoothed, solution=found, axes=axes, bounds=box)
    axes.set_title(f"lambda_s: {strength} times the metric's own scale")
