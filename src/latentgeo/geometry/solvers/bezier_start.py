"""Where the paper's solver starts: a network fitted to each of several random Bezier curves, the best of which is kept.

Chen et al. 2018. A network's hidden layers are drawn at random and serve all of a pair's Bezier curves, so that fitting
one of these is a small linear system, and judging it a small product and a look at the metric.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.network_curve import NetworkCurve, Weights, features, meet

__all__ = ["best_bezier", "even"]

_FITTED_TIMES = 100
# of the mean squared feature: in float32 it would be lost
_RIDGE = 1e-8


@torch.no_grad()
def best_bezier(
    metric: Metric,
    z0: Float[Tensor, "pairs latent"],
    z1: Float[Tensor, "pairs latent"],
    generator: torch.Generator,
    *,
    units: int,
    candidates: int,
    spread: float,
    times: int,
    boundary: str,
) -> NetworkCurve:
    """For each pair the fitted network with the lowest maximal velocity plus length.

    Args:
        metric: The metric; looked at in pairs * candidates * times points, as many at once as it says.
        z0: Start points.
        z1: End points.
        generator: Draws one seed a pair, in their order; all else of a pair is drawn by its seed.
        units: Of each hidden layer.
        candidates: Bezier curves a pair.
        spread: Standard deviation of their inner control points, in units of the distance between the end points.
        times: Even ones, at which velocities are looked at.
        boundary: See `NetworkCurve`.
    """
    hidden, noise = _draw(z0, units, candidates, generator)
    noise = spread * torch.linalg.vector_norm(z1 - z0, dim=1)[:, None, None, None] * noise
    basis, factor = _ridge(hidden, z0, boundary)
    t = even(times, z0)
    layer = features(hidden, t.expand(len(z0), -1, -1)).second
    pair = torch.arange(len(z0), device=z0.device)
    lowest, chosen = [], []
    for some in noise.split(max(1, metric.points_at_once // (len(z0) * times)), dim=1):
        target = _bezier(z0, z1, some, boundary)
        last = (
            (basis.mT @ torch.cholesky_solve(target.flatten(2).double(), factor)).to(z0).unflatten(2, target.shape[2:])
        )
        score, which = _scores(metric, z0, z1, boundary, t, layer, last).min(1)
        lowest.append(score)
        chosen.append(last[pair, :, which])
    last = torch.stack(chosen)[torch.stack(lowest).argmin(0), pair]
    return NetworkCurve((*hidden, last[:, :-1], last[:, -1:]), z0, z1, boundary)


def even(times: int, like: Tensor) -> Float[Tensor, "time 1"]:
    """Even times from 0 to 1."""
    return torch.linspace(0, 1, times, dtype=like.dtype, device=like.device).unsqueeze(1)


def _draw(z0: Tensor, units: int, candidates: int, generator: torch.Generator) -> tuple[Weights, Tensor]:
    """Hidden layers, and numbers (pairs, candidates, 2, latent) that move inner control points."""
    drawn = []
    shapes = ((1, units), (units, units), (candidates, 2, z0.shape[1]))
    for seed in torch.randint(2**62, (len(z0),), generator=generator).tolist():
        own = torch.Generator().manual_seed(seed)
        # hidden units that turn at times spread over [0, 1]
        turn = torch.rand(1, units, generator=own, dtype=torch.float64)
        drawn.append((turn, *(torch.randn(*shape, generator=own, dtype=torch.float64) for shape in shapes)))
    turn, first, second, noise = (torch.stack(of_all).to(z0) for of_all in zip(*drawn, strict=True))
    return (3 * first, -3 * first * turn, second / units**0.5, torch.zeros_like(turn)), noise


def _bezier(z0: Tensor, z1: Tensor, noise: Tensor, boundary: str) -> Float[Tensor, "pairs time candidates latent"]:
    """What networks are fitted to: cubic Bezier curves, inner control points around the line's thirds."""
    t = even(_FITTED_TIMES, z0).unsqueeze(2)
    start, span = z0[:, None, None], (z1 - z0)[:, None, None]
    p1, p2 = (start + span * share + noise[:, None, :, k] for k, share in enumerate((1 / 3, 2 / 3)))
    curve = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * z1[:, None, None]
    return curve - (start + span * t) if boundary == "safe" else curve


def _ridge(hidden: Weights, z0: Tensor, boundary: str) -> tuple[Tensor, Tensor]:
    """The basis that last layers are fitted in, (pairs, time, units + 1), and the factor of its damped Gram matrix."""
    t = even(_FITTED_TIMES, z0)
    basis = features(hidden, t.expand(len(z0), -1, -1)).second[:, :_FITTED_TIMES]
    basis = torch.cat([basis, torch.ones_like(basis[..., :1])], 2).double()
    if boundary == "safe":
        basis = t.double() * (1 - t.double()) * basis
    gram = basis @ basis.mT
    ridge = _RIDGE * gram.diagonal(dim1=1, dim2=2).mean(1)
    return basis, torch.linalg.cholesky(gram + torch.diag_embed(ridge[:, None].expand(-1, _FITTED_TIMES)))


def _scores(
    metric: Metric, z0: Tensor, z1: Tensor, boundary: str, t: Tensor, layer: Tensor, last: Tensor
) -> Float[Tensor, "pairs candidates"]:
    """Maximal velocity plus length of networks with these last layers, (pairs, units + 1, candidates, latent)."""
    count = last.shape[2]
    raw, slope = (
        one.unflatten(2, last.shape[2:]).transpose(1, 2).flatten(0, 1)
        for one in (layer @ last[:, :-1].flatten(2)).split(len(t), 1)
    )
    raw = raw + last[:, -1].flatten(0, 1).unsqueeze(1)
    start, end = (ends.repeat_interleave(count, 0) for ends in (z0, z1))
    z, v = meet(boundary, start, end, t, raw, slope, raw[:, [0, -1]])
    squared = in_parts(metric.squared_speed, metric.points_at_once, z.flatten(0, 1), v.flatten(0, 1))
    phi = safe_sqrt(squared).view(len(z0), count, len(t))
    return torch.nan_to_num(phi.amax(2) + phi.mean(2), nan=float("inf"))
