"""Unit balls of the metric.

Each ellipse has the points that are equally far from its centre, measured in images: narrow across a border of classes,
wide where little changes.
"""

lg.plot.latent_map(metric, data=encodings, indicatrices=11)
