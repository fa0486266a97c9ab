"""A density of your own.

The factor of any log density up to a constant, a flow's, say, or minus the energy of a prior; here of a normal
distribution, which is what the autoencoder was trained with, and which does not know the gaps between the digits.
"""

prior = lg.DensityFactor.fit(encodings, lambda z: -z.square().sum(1) / 2, kappa=30)
scaled = lg.ScaledMetric(metric, prior)
lg.plot.latent_map(scaled, data=encodings, solution=lg.geodesic(scaled, encodings[:6], encodings[6:12], data=encodings))
