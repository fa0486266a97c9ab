"""Jacobi fields: how geodesics that start beside each other part, or come together again.

J'' + R(J, c') c' = 0 along a geodesic c; do Carmo 1992, chapter 5.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_vectors
from latentgeo.geometry.calculus.along import Along
from latentgeo.geometry.calculus.exponential import raise_unless_arrived
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.curves.curve import Curve, times
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress

__all__ = ["JacobiSolution", "jacobi_field"]


@dataclass(frozen=True, repr=False)
class JacobiSolution(Described):
    """Fields along geodesics.

    Attributes:
        field: (pairs, time, latent), J at the times that were asked for; NaN beyond those that were reached.
        rate: (pairs, time, latent), its covariant derivative DJ/dt.
        outcome: One a pair.
        drift: (pairs,), change of <DJ/dt, c'>, which is conserved along a geodesic, relative to the largest
            |DJ/dt| |c'|: what the integration lost, or by how much the curve is none.
    """

    field: Tensor
    rate: Tensor
    outcome: list[Arrival]
    drift: Tensor


@shows_progress("Jacobi fields")
@in_double
@torch.no_grad()
def jacobi_field(
    metric: Metric,
    curve: Curve,
    field: Float[Tensor, "pairs latent"],
    rate: Float[Tensor, "pairs latent"],
    t: Any = 2,
    tolerance: float = 1e-8,
    *,
    max_steps: int = 1000,
    throw: bool = False,
    progress: bool = True,
) -> JacobiSolution:
    """The Jacobi field along each geodesic with a given start: J'' + R(J, c') c' = 0.

    The first variation of a family of geodesics, J = dc/ds. With J(0) = 0 and J'(0) = w, J(1) is the derivative of the
    exponential map at the geodesic's initial velocity along w. No gradient is kept.

    Args:
        metric: Twice differentiable in z.
        curve: One geodesic a pair, e.g. the `curve` of what `geodesic` found; its time does not matter.
        field: J(0), in latent units.
        rate: DJ/dt(0), the covariant derivative per unit of t; the plain one is less by Gamma(c', J).
        t: Times from 0 to 1 at which the field is wanted, increasing, (time,), or how many even ones; both ends by
            default. They are shares of the length, which a geodesic's own time is.
        tolerance: Greatest error of a step from one time to the next, relative to the latent norm of J and DJ/dt, in
            latent units in which the metric's axes are of comparable scale along the curves (see `balance`).
        max_steps: Steps from one time to the next, beyond one for each smooth piece of the curve.
        throw: Raise unless every field reached the last time.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        A field is no better than its geodesic: that of `geodesic` is within some 1e-3 of the shortest length, that of
        `BVP` solves the geodesic's own equation. Memory grows with the fourth power of the latent dimension, unless the
        metric is a decoder's.

    Raises:
        ValueError: Vectors that do not fit the curve or are not finite; times that are none.
        DecoderError: The decoder is piecewise linear.
        GeodesicError: With `throw`, a field did not arrive.
    """
    at = times(curve, t).detach().to(field)
    if at.ndim != 1 or not len(at) or not bool((at.diff() >= 0).all() and at[0] >= 0 and at[-1] <= 1):
        raise ValueError(f"t must be increasing times from 0 to 1, (time,), or how many even ones; got {t}")
    start = curve(at.new_zeros(1))[:, 0].detach()
    for name, given in (("field", field), ("rate", rate)):
        check_vectors("the curve's start", start, name, given)
        check_finite(name, given)
    pairs, latent = start.shape
    found = at.new_full((2, len(at), pairs, latent), float("nan"))
    outcome, drift = [Arrival.REACHED] * pairs, at.new_zeros(pairs)
    if not pairs:
        return JacobiSolution(found[0].transpose(0, 1), found[1].transpose(0, 1), outcome, drift)
    along = Along(metric, curve, tolerance, max_steps)
    J, P = (along.units.new(given.detach().to(start.device)).unsqueeze(2) for given in (field, rate))
    path_times = along.shares.times(at.expand(pairs, -1))
    now, before = torch.arange(pairs, device=start.device), at.new_zeros(pairs)
    first, largest = _moment(along, now, before, P)
    for k, time in enumerate(path_times.T):
        reached = along.follow(now, J[now], P[now], before[now], time[now])
        for pair, arrival in zip(now.tolist(), reached.arrival, strict=True):
            outcome[pair] = arrival
        arrived = now.new_tensor([arrival is Arrival.REACHED for arrival in reached.arrival], dtype=torch.bool)
        now = now[arrived]
        if not len(now):
            break
        J[now], P[now], before[now] = reached.field[arrived], reached.rate[arrived], time[now]
        found[:, k, now] = torch.stack([along.units.old(part[now, :, 0]) for part in (J, P)])
        moment, size = _moment(along, now, time[now], P[now])
        largest[now] = torch.maximum(largest[now], size)
        drift[now] = torch.maximum(drift[now], (moment - first[now]).abs())
    if throw:
        raise_unless_arrived(outcome)
    fields, rates = found.transpose(1, 2)
    return JacobiSolution(fields, rates, outcome, torch.where(drift > 0, drift / largest, 0.0))


def _moment(along: Along, pairs: Tensor, time: Tensor, P: Tensor) -> tuple[Tensor, Tensor]:
    """<DJ/dt, c'>, and the product of both lengths, per share of the length."""
    if not len(pairs):
        return time, time
    place = along.place(pairs, time)
    rate, velocity = place.at.root @ P, place.at.root @ (place.velocity / place.pace[:, None]).unsqueeze(2)
    size = torch.linalg.vector_norm(rate, dim=(1, 2)) * torch.linalg.vector_norm(velocity, dim=(1, 2))
    return (rate * velocity).sum((1, 2)), size
