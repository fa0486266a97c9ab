"""The exponential map and its inverse: from a point and a velocity to where the geodesic leads, and back.

A geodesic z(t) has z'' = -Gamma^k_ij z'^i z'^j. Its speed is conserved: how far it drifted is the check of a solution.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_vectors
from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.calculus.integration import Arrival, attainable, integrate
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.progress import shows_progress

__all__ = ["ExponentialSolution", "exponential"]


@dataclass(frozen=True, repr=False)
class ExponentialSolution(Described):
    """Where geodesics lead.

    Attributes:
        point: (pairs, latent), exp_z(t v), or the last point that was reached; past the seams of periodic coordinates,
            see `wrap`.
        velocity: (pairs, latent), the geodesic's latent velocity there, per unit of t.
        outcome: One a pair; `time` tells how far a geodesic came that did not arrive.
        time: (pairs,), the time of `point`; t where it was reached.
        speed_drift: (pairs,), relative change of the conserved speed between both ends; 0 without velocity.
        steps: (pairs,), steps tried.
    """

    point: Tensor
    velocity: Tensor
    outcome: list[Arrival]
    time: Tensor
    speed_drift: Tensor
    steps: Tensor


@shows_progress("exponentials")
@in_double
@torch.no_grad()
def exponential(
    metric: Metric,
    z: Float[Tensor, "pairs latent"],
    v: Float[Tensor, "pairs latent"],
    t: float | Float[Tensor, "pairs"] = 1.0,
    tolerance: float = 1e-8,
    *,
    max_steps: int = 1000,
    throw: bool = False,
    progress: bool = True,
) -> ExponentialSolution:
    """The exponential map: follow the geodesic that leaves z with velocity v for a time t.

    Each pair has step sizes of its own; no gradient is kept.

    Args:
        metric: Any metric that is differentiable in z.
        z: Start points; float64 is meant.
        v: Latent velocities, in latent units per unit of t.
        t: One time, or one for each pair; may be negative.
        tolerance: Greatest error of a step, relative to the distance |t v|, in latent units in which the metric's axes
            are of comparable scale where z is (see `balance`); ten roundings of the decoder's dtype at least.
            Errors add up, and grow where geodesics part: the default is good to some 1e-7 of the distance on gentle
            surfaces.
        max_steps: Steps of a geodesic.
        throw: Raise unless every geodesic arrived.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: Shapes or dtypes that do not fit each other, or values that are not finite.
        GeodesicError: With `throw`, a geodesic did not arrive.
    """
    check_vectors("z", z, "v", v)
    check_finite("z", z)
    check_finite("v", v)
    z, v = z.detach(), v.detach().to(z.device)
    duration = torch.as_tensor(t, dtype=z.dtype, device=z.device).detach()
    if duration.shape not in ((), (len(z),)) or not bool(torch.isfinite(duration).all()):
        raise ValueError(f"t must be a finite number, or one for each of {len(z)} pairs; got {t}")
    duration = duration.expand(len(z))
    latent = z.shape[1]
    units = balanced(metric, z)
    seen = metric if units is None else in_units(metric, units)

    def slope(_: Tensor, __: Tensor, state: Tensor) -> Tensor:
        parts = (part.split(latent, 1) for part in state.split(metric.points_at_once))
        return torch.cat([torch.cat([w, geodesic_acceleration(seen, at.contiguous(), w)], 1) for at, w in parts])

    def distance(state: Tensor) -> Tensor:
        return torch.linalg.vector_norm(state[:, latent:], dim=1)

    first, step = (z, v) if units is None else (units.new(z), units.new(v))
    start = torch.cat([first, duration[:, None] * step], 1)
    tolerance = attainable(tolerance, metric.dtype)
    found = integrate(slope, start, distance, tolerance=tolerance, max_steps=max_steps)
    point, rate = found.y.split(latent, 1)
    if units is not None:
        # what did not move is where it was, to the last digit
        point, rate = z + units.old(point - first), units.old(rate)
    velocity = torch.where((duration != 0)[:, None], rate / duration[:, None], v)
    if throw:
        raise_unless_arrived(found.arrival)
    drift = relative_change(metric.squared_speed(z, v), metric.squared_speed(point, velocity))
    return ExponentialSolution(point, velocity, found.arrival, found.time * duration, drift, found.steps)


def relative_change(squared_before: Float[Tensor, "pairs"], squared_after: Float[Tensor, "pairs"]) -> Tensor:
    """|after / before - 1| of two lengths given by their squares, (pairs,); 0 where both are 0."""
    before, after = safe_sqrt(squared_before), safe_sqrt(squared_after)
    return torch.where(before == after, 0.0, (after / before - 1).abs())


def raise_unless_arrived(arrival: list[Arrival]) -> None:
    """GeodesicError that names the pairs which did not reach their end."""
    failed = [(pair, outcome.value) for pair, outcome in enumerate(arrival) if outcome is not Arrival.REACHED]
    if failed:
        shown = ", ".join(f"pair {pair}: {word}" for pair, word in failed[:5])
        raise GeodesicError(f"{len(failed)} of {len(arrival)} pairs did not reach the end ({shown})")
