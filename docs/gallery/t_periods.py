"""An angle among the latent coordinates.

Told its period, everything goes either way round; a curve is cut where it crosses the seam.
"""

around = 2 * torch.pi


def ring(z):  # a decoder whose first coordinate is an angle
    return decoder(torch.stack([z[:, 1] * z[:, 0].cos(), z[:, 1] * z[:, 0].sin()], 1))


turning = lg.PullbackMetric(ring, periods=(around, None))
found = lg.geodesic(turning, torch.tensor([[0.4, 1.0]]), torch.tensor([[5.6, 1.4]]))
axes = lg.plot.latent_map(turning, bounds=((0, around), (0.5, 2)))
axes.plot(*lg.cut_at_seams(found.curve(100)[0], turning.periods).T, color="#0072B2", linewidth=2)
axes.plot(*lg.wrap(found.curve([0, 1])[0], turning.periods).T, "o", color="white", markeredgecolor="black")
axes.set_aspect("auto")
