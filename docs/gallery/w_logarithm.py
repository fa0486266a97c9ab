"""The way to everywhere.

The logarithm: in which direction, and how fast, to leave a point so as to arrive at each of the others after one unit
of time.
"""

targets = encodings[:24]
source = encodings.median(0).values.expand(24, 2)
leave = lg.logarithm(metric, source, targets)
axes = lg.plot.latent_map(metric, solution=lg.geodesic(metric, source, targets), lines=False, bounds=box)
axes.quiver(*source.T, *leave.velocity.T, color="#D55E00", width=0.004, zorder=6)
