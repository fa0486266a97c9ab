"""Brownian motion of a metric, by a random walk along geodesics."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress, tell

__all__ = ["BrownianMotion", "brownian_motion"]

# of a step's velocity, what its acceleration may be
_STRAIGHT = 0.5


@dataclass(frozen=True, repr=False)
class BrownianMotion(Described):
    """Paths of walkers.

    Attributes:
        path: (walkers, times, latent), at even times, the start included; NaN from where a walker was lost.
        outcome: One a walker: `REACHED`; `LEFT_DOMAIN` where the metric was singular or not finite, which many are far
            from the data, so that a walker is there in no time; `STEP_LIMIT` where a step's geodesic was too long to
            be followed: more steps help.
        time: (walkers,), when each was last seen.
    """

    path: Tensor
    outcome: list[Arrival]
    time: Tensor


@shows_progress("Brownian motion")
@in_double
@torch.no_grad()
def brownian_motion(
    metric: Metric,
    z: Float[Tensor, "walkers latent"],
    time: float,
    steps: int = 100,
    *,
    generator: torch.Generator,
    throw: bool = False,
    progress: bool = True,
) -> BrownianMotion:
    """Paths of Brownian motion, whose density follows the heat equation du/dt = 1/2 Laplacian u of the metric.

    A geodesic random walk (Joergensen 1975): each step goes along the geodesic, to second order where it is nearly
    straight, whose initial velocity is normally distributed with covariance h G^-1, h = time / steps. Its law tends to
    that of the motion with the first power of h. It moves fast where the metric is small.
    Along a periodic coordinate paths go on beyond the period; `wrap` brings them back.

    Args:
        metric: Any metric that is differentiable in z.
        z: Where each walker starts.
        time: How long it walks, positive; in squared observation units.
        steps: In how many steps.
        generator: What draws; on the CPU.
        throw: Raise unless every walker arrived.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: Points that are not (walkers, latent) or not finite, a time that is not positive, no step.
        GeodesicError: With `throw`, a walker was lost.
    """
    check_points("z", z)
    check_finite("z", z, "walker")
    if not 0 < time < float("inf"):
        raise ValueError(f"time must be positive and finite, in squared observation units; got {time}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    path = z.new_full((len(z), steps + 1, z.shape[1]), float("nan"))
    path[:, 0] = z.detach()
    outcome, last = [Arrival.REACHED] * len(z), torch.full((len(z),), steps, device=z.device)
    left = torch.arange(len(z), device=z.device)
    for step in range(steps):
        # as many numbers as at the beginning: who is lost changes nobody else's path
        noise = torch.randn(z.shape, generator=generator, dtype=torch.float64).to(z)[left]
        there, ended = _stepped(metric, path[left, step], (time / steps) ** 0.5, noise)
        path[left, step + 1] = there
        gone = [row for row, end in enumerate(ended) if end is not Arrival.REACHED]
        for row in gone:
            outcome[int(left[row])] = ended[row]
        last[left[gone]] = step
        left = left[torch.isfinite(there).all(1)]
        tell(f"step {step + 1} of {steps}, {len(left)} of {len(z)} walkers left")
    if throw and len(left) < len(z):
        walker = next(number for number, end in enumerate(outcome) if end is not Arrival.REACHED)
        where = path[walker, last[walker]].tolist()
        raise GeodesicError(
            f"{len(z) - len(left)} of {len(z)} walkers were lost; the first, walker {walker}, after "
            f"{int(last[walker])} steps at {where} ({outcome[walker].value})"
        )
    return BrownianMotion(path, outcome, last.to(z) * (time / steps))


def _stepped(metric: Metric, z: Tensor, root: float, noise: Tensor) -> tuple[Tensor, list[Arrival]]:
    """One step of every walker, NaN for those that are lost, and how it ended."""
    there, ended = torch.full_like(z, float("nan")), [Arrival.LEFT_DOMAIN] * len(z)
    v = root * _velocity(metric, z, noise)
    good = torch.isfinite(v).all(1).nonzero().squeeze(1)
    bend = torch.full_like(z, float("nan"))
    if len(good):
        at_once = metric.points_at_once
        bend[good] = in_parts(lambda *part: geodesic_acceleration(metric, *part), at_once, z[good], v[good])
    near = bend.norm(dim=1) < _STRAIGHT * v.norm(dim=1)
    there[near] = (z + v + bend / 2)[near]
    far = (torch.isfinite(v).all(1) & ~near).nonzero().squeeze(1)
    if len(far):
        # the velocity changes on the way: along the geodesic itself
        found = exponential(metric, z[far], v[far])
        arrived = torch.tensor([end is Arrival.REACHED for end in found.outcome], device=z.device)
        there[far[arrived]] = found.point[arrived]
        for row, end in zip(far.tolist(), found.outcome, strict=True):
            ended[row] = end
    for row in torch.isfinite(there).all(1).nonzero().squeeze(1).tolist():
        ended[row] = Arrival.REACHED
    return there, ended


def _velocity(metric: Metric, z: Tensor, noise: Tensor) -> Tensor:
    """Vectors of covariance G^-1: L^-T noise, where L L^T = G; not finite where there is no L."""
    if not len(z):
        return z
    L, info = torch.linalg.cholesky_ex(in_parts(metric, metric.points_at_once, z))
    found = torch.linalg.solve_triangular(L.mT, noise.unsqueeze(2), upper=True).squeeze(2)
    return torch.where((info == 0)[:, None], found, float("nan"))
