"""Whether a straight latent line is itself a geodesic, as the one through the centre of a chart of a sphere is."""

from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["bend", "straight_named"]

# estimated relative excess length below which a line is a geodesic: next to conjugate points the true one is far larger
_STRAIGHT = 1e-10
# of a line; half of them ever nearer to its ends, where the metric may change by orders
_SAMPLES, _HALVINGS = 64, 32


@torch.no_grad()
def bend(metric: Metric, line: Line) -> Float[Tensor, "pairs"]:
    """Estimated relative excess of each line over the geodesic next to it, from its geodesic curvature.

    To first order a curve of length L and curvature kappa is longer than that geodesic by a share of at most
    L^2 mean(kappa^2) / (2 pi^2): Wirtinger's inequality for the deviation, whose second derivative is kappa. Where the
    surface is curved it is more, and near conjugate points without bound.

    Args:
        metric: Any metric that is differentiable in z.
        line: The lines.

    Returns:
        NaN where the metric is singular or not finite.
    """
    like = line.z0
    near = like.new_tensor([2.0**-k for k in range(_HALVINGS, 1, -1)])
    even = torch.linspace(0, 1, _SAMPLES + 1, dtype=like.dtype, device=like.device)
    t = torch.cat([even, near, 1 - near]).unique()
    middle, width = (t[1:] + t[:-1]) / 2, t.diff()
    z, d = line(middle).flatten(0, 1), line.derivative(middle).flatten(0, 1)
    a = in_parts(partial(geodesic_acceleration, metric), metric.points_at_once, z, d)
    G = in_parts(metric, metric.points_at_once, z)
    dd, da, aa = (torch.einsum("bi,bij,bj->b", u, G, w) for u, w in ((d, d), (d, a), (a, a)))
    across = (aa - da.square() / dd).clamp(min=0)
    speed = dd.sqrt().view(-1, len(middle))
    # kappa = |a across| / |d|^2, integrated over the arc length
    squared = (across.view_as(speed) / speed**3 * width).sum(1)
    return (speed * width).sum(1) * squared / (2 * torch.pi**2)


def straight_named(metric: Metric, line: Line, found: Candidate) -> Candidate:
    """The candidate; lines that are shorter than the solver's curve because they are geodesics have converged.

    A metric that has no derivative cannot tell, nor can one whose solver asked for none.
    """
    lost = [pair for pair, outcome in enumerate(found.outcome) if outcome is Outcome.LINE_IS_SHORTER]
    index = torch.tensor(lost, dtype=torch.long, device=line.z0.device)
    index = index[torch.isfinite(found.residual[index])]
    if metric.piecewise_linear or not len(index):
        return found
    excess = bend(metric, line.select(index))
    straight = excess <= _STRAIGHT
    outcome = list(found.outcome)
    for pair in index[straight].tolist():
        outcome[pair] = Outcome.CONVERGED
    return replace(found, outcome=outcome, residual=found.residual.index_copy(0, index[straight], excess[straight]))
