"""The locally adaptive normal distribution in any number of latent dimensions, by geodesics.

Arvanitidis, Hansen and Hauberg 2016 estimate the integral by draws in the tangent space, and take logarithms to change
as in flat space when the mean moves. Here geodesics leave the mean evenly and carry their Jacobi fields, which tell
both the volume that a node stands for and how its logarithm changes: with the precision P and the matrices M of `Flow`,
the log likelihood's derivative in the mean is E_data[M^T P y] - E_law[M^T P y].
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.face import in_double
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import tell
from latentgeo.statistics.ball import Ball, ball
from latentgeo.statistics.flow import flow
from latentgeo.statistics.frechet import frechet_mean
from latentgeo.statistics.land_record import LocallyAdaptiveNormal, LogDensity
from latentgeo.statistics.moments import Fitted, fitted, second_moments
from latentgeo.statistics.rays import Caster, Rays, divided

__all__ = ["most_likely_in_space"]

# geodesics from the mean at least, steps along each, and along those to the points
_DIRECTIONS, _STEPS, _STEPS_TO_POINTS = 256, 48, 24
# standard deviations that the integral reaches beyond the root of the dimension, around which most of a normal law is
_REACH = 5.0
# of a standard deviation: the longest step; and how often one is halved
_LONGEST, _HALVINGS = 1.0, 8
# the loss is known to so much, by its quadrature; its slope is known better
_KNOWN = 1e-3
# nodes that are asked whether they have a shorter geodesic, and by which share that has to be shorter
_ASKED, _SHORTER = 64, 1e-2
# of the Frechet mean that the first one is: its residual, and steps at most
_ROUGHLY, _FIRST_STEPS = 1e-2, 10


@in_double
def most_likely_in_space(
    metric: Metric, z: Tensor, weights: Tensor, start: Tensor | None, tolerance: float, max_iterations: int
) -> LocallyAdaptiveNormal:
    """The law; arguments as `locally_adaptive_normal` has them."""
    space = Space(metric, z, weights)
    if start is None:
        start = frechet_mean(metric, z, weights, tolerance=_ROUGHLY, max_iterations=_FIRST_STEPS).point
    elif start.shape != (z.shape[1],) or not bool(torch.isfinite(start).all()):
        raise ValueError(f"start must be one point ({z.shape[1]},), finite; got {tuple(start.shape)}")
    first = space.at(start.detach().to(z))
    # once more, in units of what the law is and not of what the points' moments are: directions are even in these
    normal, steps = space.climb(space.at(first.mean, first), tolerance, max_iterations)
    inverse = torch.linalg.inv(normal.frame)
    log_normaliser, precision = z.new_tensor(normal.law.log_normaliser), inverse.T @ normal.law.precision @ inverse
    missing = -z.new_tensor(-space.not_shortest(normal)).log1p()
    return LocallyAdaptiveNormal(
        mean=normal.mean if metric.periods is None else wrap(normal.mean, metric.periods),
        covariance=normal.covariance,
        log_normaliser=log_normaliser,
        normaliser_error=(log_normaliser - space.half(normal)).abs() + missing,
        log_likelihood=z.new_tensor(-normal.law.loss),
        residual=z.new_tensor(normal.residual),
        outcome=space.outcome(normal, tolerance),
        iterations=steps,
        log_density=LogDensity(metric, Units.same(z), space.logarithms_at(normal), precision, log_normaliser),
    )


@dataclass(frozen=True)
class Normal:
    """The most likely law for a mean.

    Attributes:
        mean: (latent,).
        rays: Geodesics to the points.
        frame: (latent, latent), tangent vectors at the mean, as columns: the unit of what follows.
        law: Its precision and normaliser.
        slope: (latent,), derivative of the loss in the mean.
        nodes: Of the quadrature.
        followed: Whether Jacobi fields could be followed to all points of positive weight.
    """

    mean: Tensor
    rays: Rays
    frame: Tensor
    law: Fitted
    slope: Tensor
    nodes: Ball
    followed: bool

    @property
    def covariance(self) -> Float[Tensor, "latent latent"]:
        """Sigma, in latent coordinates at the mean."""
        found = self.frame @ torch.linalg.inv(self.law.precision) @ self.frame.T
        return (found + found.mT) / 2

    @property
    def residual(self) -> float:
        return float(torch.linalg.vector_norm(self.slope))


class Space:
    """Laws of points, by the mean.

    Args:
        metric: Twice differentiable.
        z: The points.
        weights: Theirs; they add up to one.
    """

    def __init__(self, metric: Metric, z: Float[Tensor, "points latent"], weights: Float[Tensor, "points"]) -> None:
        self.metric, self.z, self.weights = metric, z, weights
        self.caster = Caster(metric, z, None, None)
        latent = z.shape[1]
        self.reach = math.sqrt(latent) + _REACH
        self.rotations = 2 * math.ceil(_DIRECTIONS / (4 * latent))

    def at(self, mean: Float[Tensor, "latent"], before: Normal | None = None) -> Normal:
        """The law for a mean; its frame is about as long as the standard deviations of the one before.

        Raises:
            GeodesicError: There is none: no geodesic leaves the mean.
        """
        rays = self.caster.cast(mean, self.z, None if before is None else before.rays)
        logarithms = self._logarithms(rays)
        moments = second_moments(logarithms, self.weights)
        frame = torch.linalg.cholesky(moments if before is None else before.covariance)
        y = logarithms @ torch.linalg.inv(frame).T
        nodes = ball(self.metric, mean, frame, self.reach, self.rotations, _STEPS)
        law = fitted(nodes.vectors, nodes.volume, second_moments(y, self.weights))
        if not math.isfinite(law.loss):
            raise GeodesicError(f"there is no normal law around {mean.tolist()}: no geodesic leaves it")
        there = flow(self.metric, mean, frame, y, 1.0, _STEPS_TO_POINTS)
        followed = bool((there.stretch[:, -1] > 0)[self.weights > 0].all())
        slope = _pull(nodes, law) - torch.einsum("n,nij,ik,nk->j", self.weights, there.turning[:, -1], law.precision, y)
        return Normal(mean, rays, frame, law, slope, nodes, followed)

    def climb(self, now: Normal, tolerance: float, most: int) -> tuple[Normal, int]:
        """Steps of the mean to where the slope is small, none makes the law likelier, or there were so many."""
        steps = 0
        while True:
            tell(f"step {steps}, log likelihood {-now.law.loss:.5g}, residual {now.residual:.2g}")
            if now.residual <= tolerance or steps == most:
                return now, steps
            better = self._step(now)
            if better is None:
                return now, steps
            now, steps = better, steps + 1

    def half(self, found: Normal) -> float:
        """log C by every other rotation and steps that are twice as long."""
        nodes = ball(self.metric, found.mean, found.frame, self.reach, self.rotations // 2, _STEPS // 2)
        weights = -_quadratic(nodes.vectors, found.law.precision) / 2 + nodes.volume.log()
        return float(torch.logsumexp(weights, 0))

    def not_shortest(self, found: Normal) -> float:
        """The share of the law that lies where a geodesic from the mean is not the shortest."""
        share = _shares(found.nodes, found.law).cumsum(0)
        even = (torch.arange(_ASKED, dtype=share.dtype, device=share.device) + 0.5) / _ASKED
        asked = torch.searchsorted(share, even * share[-1]).clamp(max=len(share) - 1)
        v, there = found.nodes.vectors[asked] @ found.frame.T, found.nodes.points[asked]
        here = found.mean.expand_as(there).contiguous()
        along = self.metric.squared_speed(here, v).sqrt()
        shortest = geodesic(self.metric, here, there, self.caster.solver, data=self.z).length
        return float((shortest < (1 - _SHORTER) * along).double().mean())

    def logarithms_at(self, found: Normal) -> Callable[[Tensor], Tensor]:
        """Of any points (points, latent), at the mean."""
        return lambda z: self._logarithms(self.caster.cast(found.mean, z))

    def outcome(self, found: Normal, tolerance: float) -> Outcome:
        ended = Counter(found.rays.outcome)
        if not (found.law.settled and found.residual <= tolerance):
            return Outcome.MAX_ITERATIONS
        if ended[Outcome.BOUNDED]:
            return Outcome.BOUNDED
        whole = found.followed and ended[Outcome.CONVERGED] == len(self.z)
        return Outcome.CONVERGED if whole else Outcome.UNCERTIFIED

    def _logarithms(self, rays: Rays) -> Float[Tensor, "points latent"]:
        return -divided(rays.slope, self.caster.tensor(rays.point))

    def _step(self, now: Normal) -> Normal | None:
        """Newton's, as if space were flat, halved until the law is likelier or flatter; None where it never is."""
        step = -torch.linalg.solve(now.law.precision, now.slope)
        step = now.frame @ (step * min(1.0, _LONGEST / float(torch.linalg.vector_norm(step))))
        for halving in range(_HALVINGS):
            found = self.at(now.mean + step / 2**halving, now)
            near = found.law.loss <= now.law.loss + _KNOWN
            if found.law.loss < now.law.loss - _KNOWN or (near and found.residual < now.residual):
                return found
        return None


def _quadratic(vectors: Tensor, P: Tensor) -> Float[Tensor, "nodes"]:
    return torch.einsum("ni,ij,nj->n", vectors, P, vectors)


def _shares(nodes: Ball, law: Fitted) -> Float[Tensor, "nodes"]:
    """Of the law, at each node."""
    return nodes.volume * (-_quadratic(nodes.vectors, law.precision) / 2 - law.log_normaliser).exp()


def _pull(nodes: Ball, law: Fitted) -> Float[Tensor, "latent"]:
    """E[M^T P y] under the law: how -log C changes as the mean moves, turned round."""
    return torch.einsum("n,nij,ik,nk->j", _shares(nodes, law), nodes.turning, law.precision, nodes.vectors)
