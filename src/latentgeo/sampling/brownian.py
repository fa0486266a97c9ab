"""Brownian motion of a metric, by a random walk along geodesics."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.progress import shows_progress, tell

__all__ = ["brownian_motion"]

# of a step's velocity, what its acceleration may be
_STRAIGHT = 0.5


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
    progress: bool = True,
) -> Float[Tensor, "walkers times latent"]:
    """Paths of Brownian motion, whose density follows the heat equation du/dt = 1/2 Laplacian u of the metric.

    A geodesic random walk (Joergensen 1975): each step goes along the geodesic, to second order where it is nearly
    straight, whose initial velocity is normally distributed with covariance h G^-1, h = time / steps. Its law tends to
    that of the motion with the first power of h. It moves fast where the metric is small.

    Args:
        metric: Any metric that is differentiable in z.
        z: Where each walker starts.
        time: How long it walks, positive; in squared observation units.
        steps: In how many steps.
        generator: What draws; on the CPU.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        Where each walker is at steps + 1 even times, the start included.

    Raises:
        ValueError: Points that are not (walkers, latent) or not finite, a time that is not positive, no step.
        GeodesicError: A step left the metric's domain: take more of them.
        NotFiniteError: A walker met a point where the metric is singular or not finite: it has no speed there.
    """
    check_points("z", z)
    check_finite("z", z, "walker")
    if not 0 < time < float("inf"):
        raise ValueError(f"time must be positive and finite, in squared observation units; got {time}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1; got {steps}")
    here, root = z.detach(), (time / steps) ** 0.5
    path = [here]
    for step in range(steps):
        noise = torch.randn(here.shape, generator=generator, dtype=torch.float64).to(here)
        here = _moved(metric, here, root * _velocity(metric, here, noise, step))
        path.append(here)
        tell(f"step {step + 1} of {steps}")
    return torch.stack(path, 1)


def _moved(metric: Metric, z: Tensor, v: Tensor) -> Tensor:
    """Along the geodesics, to second order where the velocity hardly changes on the way."""
    bend = in_parts(lambda *part: geodesic_acceleration(metric, *part), metric.points_at_once, z, v)
    there = z + v + bend / 2
    far = (~(bend.norm(dim=1) < _STRAIGHT * v.norm(dim=1))).nonzero().squeeze(1)
    if len(far):
        there[far] = exponential(metric, z[far], v[far], throw=True).point
    return there


def _velocity(metric: Metric, z: Tensor, noise: Tensor, step: int) -> Tensor:
    """Vectors of covariance G^-1: L^-T noise, where L L^T = G."""
    L, info = torch.linalg.cholesky_ex(in_parts(metric, metric.points_at_once, z))
    found = torch.linalg.solve_triangular(L.mT, noise.unsqueeze(2), upper=True).squeeze(2)
    lost = ((info != 0) | ~torch.isfinite(found).all(1)).nonzero()
    if len(lost):
        walker = int(lost[0])
        raise NotFiniteError(
            f"the metric is singular or not finite where walker {walker} is after {step} steps, {z[walker].tolist()}; "
            "shorten time or add a metric's floor, e.g. with a SmoothedMetric's rank or an EnsembleMetric"
        )
    return found
