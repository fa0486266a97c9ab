"""The middle of a digit.

The point that is nearest to all encodings of threes along geodesics: by squared distances the Frechet mean (circle),
by distances the geometric median (square). The cross is their mean in latent units.
"""

threes = encodings[torch.tensor(labels) == 3][:40]
mean, median = lg.frechet_mean(metric, threes), lg.frechet_median(metric, threes)
axes = lg.plot.latent_map(metric, data=threes, bounds=box)
for point, marker in ((mean.point, "o"), (median.point, "s"), (threes.mean(0), "X")):
    axes.plot(*point, marker, markersize=9, markerfacecolor="#D55E00", markeredgecolor="white", zorder=7)
