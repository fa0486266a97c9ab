"""A likelihood of directions.

Longitude and latitude of a direction that is known the less the further to the right: there steps tell little apart.
"""


def towards(z):
    flat = z[:, 1].cos()
    direction = torch.stack([flat * z[:, 0].cos(), flat * z[:, 0].sin(), z[:, 1].sin()], 1)
    return lg.VonMisesFisher(direction, (3 - 2 * z[:, 0]).exp())


directions = lg.FisherRaoMetric(towards)
south, north = torch.tensor([[[0.3, -1.0]], [[0.3, 1.0]]], dtype=torch.float64)
lg.plot.latent_map(directions, solution=lg.geodesic(directions, south, north), bounds=((-0.2, 2.2), (-1.3, 1.3)))
