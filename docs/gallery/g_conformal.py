"""A metric that knows where the data are.

`RBFPrecision` learns it from the encodings; as a factor of the metric it makes all else dear, and geodesics stay.
"""

near_data = lg.RBFPrecision.fit(encodings, kappa=30, generator=torch.Generator().manual_seed(0))
careful = lg.ScaledMetric(metric, near_data)
lg.plot.latent_map(
    careful, data=encodings, solution=lg.geodesic(careful, encodings[:6], encodings[6:12], data=encodings)
)
