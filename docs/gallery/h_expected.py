"""A decoder with a noise of its own.

`G = JᵀJ` of the mean plus the same of the standard deviation, which grows away from the data.
"""

expected = lg.ExpectedMetric(decoder, lambda z: 0.1 * precision.deviation(z))
lg.plot.latent_map(expected, data=encodings, bounds=box, solution=lg.geodesic(expected, eights[pair], threes[pair]))
