"""Points by volume.

Random points that are as dense as the metric is large: even in what is decoded, where even latent points (crosses)
waste most of themselves on places in which nothing changes.
"""

generator = torch.Generator().manual_seed(0)
z = lg.sample_volume(metric, 600, box, generator=generator)
axes = lg.plot.latent_map(metric, data=z, bounds=box)
low, high = torch.tensor(box).T
even = low + (high - low) * torch.rand(300, 2, generator=generator, dtype=torch.float64)
axes.plot(*even.T, "x", color="#D55E00", markersize=3)
