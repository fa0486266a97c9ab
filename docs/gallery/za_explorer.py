"""A page to explore it.

One file that computes geodesics while a point is dragged: [open that of these digits](pictures/explorer.html). Below,
what it begins with.
"""

frames = lg.Frames("image", shape=(8, 8))
file = lg.explore(decoder, encodings, labels=labels, frames=frames, title="Digits", out="explorer.html")
lg.plot.latent_map(metric, data=encodings, labels=labels, solution=one)
print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
