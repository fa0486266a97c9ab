"""The way to everywhere.

The logarithm: in which direction, and how fast, to leave a point so as to arrive at each of the others after one unit
of time.
"""

source = encodings.median(0).values.expand(8, 2)
targets = source + 0.5 * (encodings[:8] - source)
leave = lg.logarithm(metric, source, targets, max_iterations=6, tolerance=1e-4)
axes = lg.plot.latent_map(metric, solution=lg.geodesic(metric, source, targets), lines=False, bounds=box)
axes.quiver(*source.T, *leave.velocity.T, color="#D55E00", width=0.004, zorder=6)
