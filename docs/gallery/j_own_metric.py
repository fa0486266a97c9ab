"""A metric of your own.

Any function from points to matrices: here the sphere in latitude and longitude, whose geodesics are great circles.
"""


def sphere(z):
    one = torch.ones_like(z[:, 0])
    return torch.diag_embed(torch.stack([z[:, 1].cos() ** 2, one], 1))


globe: lg.Metric = lg.FunctionMetric(sphere)
start = torch.tensor([[0.0, 0.9]] * 4)
flights = lg.geodesic(globe, start, torch.tensor([[2.5, 0.9], [2.5, 0.3], [2.5, -0.3], [2.5, -0.9]]))
lg.plot.latent_map(globe, solution=flights, bounds=((-0.2, 2.7), (-1.2, 1.4)))
