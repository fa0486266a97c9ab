"""A latent space as a map.

The magnification factor `sqrt(det G)` of a decoder in greys, encodings coloured by their class.
"""

lg.plot.latent_map(lg.PullbackMetric(decoder), data=encodings, labels=labels)
