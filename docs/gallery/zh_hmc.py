"""Hamiltonian Monte Carlo.

Draws from the prior by motion whose mass is the metric: short steps where the decoder changes much.
"""

generator = torch.Generator().manual_seed(0)
draws: lg.HMCSamples = lg.riemannian_hmc(
    metric, lambda z: -z.square().sum(1) / 2, encodings[:30], 8, step_size=0.06, leaps=4, generator=generator
)
axes = lg.plot.latent_map(metric, data=draws.z.flatten(0, 1), bounds=box)
axes.plot(*draws.z[0].T, "-", color="#0072B2", linewidth=1)
worth, count = float(draws.effective.min()), draws.z[..., 0].numel()
axes.set_title(f"accepted {float(draws.acceptance.mean()):.0%}; {count} draws are worth {worth:.0f}")
