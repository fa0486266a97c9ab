"""Regression along geodesics: the geodesic that is nearest to latent points with times."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome, Solver
from latentgeo.progress import shows_progress
from latentgeo.statistics.dragged import dragged
from latentgeo.statistics.frechet import frechet_mean
from latentgeo.statistics.levenberg import DIFFERENCE, descended, outcome_of
from latentgeo.statistics.rays import Caster, Rays, check_weighted

__all__ = ["GeodesicRegression", "geodesic_regression"]

# of the mean that it begins at; its variance is known to the square of that
_MEAN = 1e-3


@dataclass(frozen=True, repr=False)
class GeodesicRegression(Described):
    """A geodesic through latent points.

    `exponential(metric, point[None], velocity[None], t - time)` leads to where it is at another time t.

    Attributes:
        time: The mean of the times.
        point: (latent,), where the geodesic is then.
        velocity: (latent,), its velocity there, in latent units per unit of time.
        fitted: (points, latent), where it is at the times that were given.
        distances: (points,), from there to the points.
        objective: The weighted mean of the squared distances, in squared observation units.
        variance: That of the distances to the Frechet mean: what no dependence on the time leaves.
        mean_outcome: How the search for that mean ended; where not well, variance and r_squared are too large.
        r_squared: 1 - objective / variance (Fletcher 2013); NaN of points that are all the same.
        residual: Length of the step that would lead to the end if distances were those of flat space, over the root of
            the variance.
        outcome: `CONVERGED`: the residual is below the tolerance, and all curves converged. `UNCERTIFIED`: it is, on a
            cache of the metric, or some curves did not converge. `BOUNDED`: it is, and a curve is held by the wall
            around the bounds of the cache. `MAX_ITERATIONS`: anything else.
        iterations: Steps.
        curves: How the geodesic from each fitted point to the given one ended.
    """

    time: Tensor
    point: Tensor
    velocity: Tensor
    fitted: Tensor
    distances: Tensor
    objective: Tensor
    variance: Tensor
    mean_outcome: Outcome
    r_squared: Tensor
    residual: Tensor
    outcome: Outcome
    iterations: int
    curves: list[Outcome]


@shows_progress("regression")
@takes_arrays
@torch.no_grad()
def geodesic_regression(
    metric: Metric,
    t: Float[Tensor, "points"] | Integer[Tensor, "points"],
    z: Float[Tensor, "points latent"],
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    *,
    solver: Solver | None = None,
    grid: GridMetric | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 50,
    throw: bool = False,
    progress: bool = True,
) -> GeodesicRegression:
    """The geodesic whose points at given times have the least mean squared distance to given points (Fletcher 2013).

    In flat space it is the line of ordinary least squares. It begins at the Frechet mean, with the slope of the
    logarithms there; Levenberg and Marquardt's steps change the point and the velocity at the mean time. Each step
    solves a geodesic from every fitted point to the given one, and differentiates the exponential map by central
    differences, which needs 4 latent + 1 exponentials a point.

    Args:
        metric: Differentiable in z.
        t: The times, in any unit; not all the same.
        z: The points; float64 is meant. In two latent dimensions the result is on the CPU.
        weights: Not negative, one for each point; equal ones by default.
        solver: Of `geodesic`, to solve curves under the metric itself; it has to have a use for `start`. By default
            everything, exponentials too, is under a cache in two latent dimensions.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
        tolerance: Greatest residual.
        max_iterations: Steps.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is found is the nearest local minimum. Where points lie wider than geodesics from their mean stay shortest,
        there may be better ones.

    Raises:
        ValueError: Times that are not one a point, not finite, or the same for all points of positive weight; points or
            weights as `frechet_mean` has it.
        GeodesicError: With `throw`, it did not converge.
    """
    shares = check_weighted(z, weights).detach()
    z, t = z.detach(), t.detach().to(z)
    if t.shape != (len(z),) or not bool(torch.isfinite(t).all()):
        raise ValueError(f"t must be finite, one time for each of the {len(z)} points of z; got {tuple(t.shape)}")
    alive = t[shares > 0]
    if not bool(alive.amax() > alive.amin()):
        raise ValueError(f"t must not be the same for all points of positive weight; it is {float(alive[0])}")
    if z.shape[1] == 2:
        z, t, shares = z.cpu(), t.cpu(), shares.cpu()
    found = _found(metric, t, z.contiguous(), shares, solver, grid, tolerance, max_iterations)
    if throw and found.outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED):
        raise GeodesicError(
            f"the regression did not converge: {found.outcome.value}, residual {float(found.residual):.3g} after "
            f"{found.iterations} steps"
        )
    return found


@in_double
def _found(
    metric: Metric,
    t: Tensor,
    z: Tensor,
    weights: Tensor,
    solver: Solver | None,
    grid: GridMetric | None,
    tolerance: float,
    max_iterations: int,
) -> GeodesicRegression:
    caster = Caster(metric, z, solver, grid)
    mean = frechet_mean(metric, z, weights, solver=solver, grid=caster.grid, tolerance=_MEAN)
    time = weights @ t
    unit = (weights @ (t - time).square()).sqrt()
    fit = _Fit(caster, (t - time) / unit, z, weights, mean.objective)
    now = fit.at(mean.point.detach(), (weights * fit.t) @ mean.logarithms, None)
    if now is None:
        now = fit.at(mean.point.detach(), torch.zeros_like(mean.point), None)
    if now is None:
        raise ValueError("z: geodesics from the mean of the points do not stay within the cache's bounds; widen them")
    now, residual, iterations = descended(fit, now, tolerance, max_iterations)
    objective = 2 * now.value
    return GeodesicRegression(
        time,
        now.point if metric.periods is None else wrap(now.point, metric.periods),
        now.velocity / unit,
        now.rays.point,
        now.rays.length,
        objective,
        mean.objective,
        mean.outcome,
        1 - objective / mean.objective,
        z.new_tensor(residual),
        outcome_of(now.rays, caster, residual <= tolerance),
        iterations,
        now.rays.outcome,
    )


@dataclass(frozen=True)
class _Now:
    """A geodesic, and rays from its points to the given ones.

    Attributes:
        point: At the mean time.
        velocity: There, per standard deviation of the times.
        rays: From the fitted points.
        value: Half of the mean squared distance.
    """

    point: Tensor
    velocity: Tensor
    rays: Rays
    value: Tensor


@dataclass(frozen=True)
class _Slopes:
    """How half of the mean squared distance changes with the point and the velocity of a geodesic.

    Attributes:
        slope: (2 latent,), the first derivative, in the frame.
        bend: (2 latent, 2 latent), the second, as in flat space (Gauss and Newton).
        frame: (latent, latent), vectors of the points' spread, as columns.
    """

    slope: Tensor
    bend: Tensor
    frame: Tensor


class _Fit:
    """What geodesics are held against.

    Args:
        caster: Finds geodesics.
        t: Standardised times.
        z: The points.
        weights: Theirs; they add up to one.
        variance: Of the points.
    """

    def __init__(self, caster: Caster, t: Tensor, z: Tensor, weights: Tensor, variance: Tensor) -> None:
        self.caster, self.t, self.z, self.weights = caster, t, z, weights
        self.scale = float(variance.sqrt())

    def at(self, point: Tensor, velocity: Tensor, near: Rays | None) -> _Now | None:
        """A geodesic; None if it ends before its last time, or leaves the cache."""
        feet = self._feet(point[None], velocity[None])
        if feet is None or not all(self.caster.allows(foot) for foot in feet[0]):
            return None
        start = None if near is None else dragged(near.curve.same_path, feet[0] - near.point, torch.zeros_like(self.z))
        rays = self.caster.between(feet[0], self.z, start)
        return _Now(point, velocity, rays, self.weights @ rays.length.square() / 2)

    def slopes(self, now: _Now) -> "_Slopes | None":
        """How the value changes with the point and the velocity; None if a geodesic beside this one does not arrive."""
        latent = len(now.point)
        values, axes = torch.linalg.eigh(self.caster.tensor(now.point))
        good = values > 1e-12 * values.amax()
        # vectors of the points' spread, so that a unit of each parameter changes the geodesic by as much
        frame = self.scale * axes * torch.where(good, values.clamp(min=1e-300).rsqrt(), 0.0)
        none = torch.zeros(latent, latent, dtype=frame.dtype, device=frame.device)
        shifts = torch.cat([torch.cat([frame.T, none], 1), torch.cat([none, frame.T], 1)])
        shifts = DIFFERENCE * torch.cat([shifts, -shifts])
        moved = self._feet(now.point + shifts[:, :latent], now.velocity + shifts[:, latent:])
        if moved is None:
            return None
        forth, back = moved.chunk(2)
        jacobian = (forth - back) / (2 * DIFFERENCE)
        G = self.caster.metric(now.rays.point)
        slope = torch.einsum("n,pni,ni->p", self.weights, jacobian, now.rays.slope)
        bend = torch.einsum("n,pni,nij,qnj->pq", self.weights, jacobian, G, jacobian)
        return _Slopes(slope, bend, frame)

    def residual(self, slopes: "_Slopes | None") -> float:
        """Length of Gauss and Newton's step over the points' spread; 0 of points that are all the same."""
        if self.scale == 0:
            return 0.0
        if slopes is None:
            return float("inf")
        step = torch.linalg.pinv(slopes.bend, hermitian=True) @ slopes.slope
        return float((slopes.slope @ step).clamp(min=0).sqrt()) / self.scale

    def stepped(self, now: _Now, slopes: _Slopes, damping: float) -> _Now | None:
        """The geodesic after a step; None as `at` has it."""
        latent, frame = len(now.point), slopes.frame
        own = slopes.bend.diagonal().diag_embed()
        step = -torch.linalg.pinv(slopes.bend + damping * own, hermitian=True) @ slopes.slope
        return self.at(now.point + frame @ step[:latent], now.velocity + frame @ step[latent:], now.rays)

    def _feet(self, points: Tensor, velocities: Tensor) -> Tensor | None:
        """Where geodesics (geodesics, latent) are at the times, (geodesics, points, latent)."""
        count, latent = points.shape
        many = len(self.t)
        found = exponential(
            self.caster.metric,
            points.repeat_interleave(many, 0),
            velocities.repeat_interleave(many, 0),
            self.t.repeat(count),
        )
        if any(arrival is not Arrival.REACHED for arrival in found.outcome):
            return None
        return found.point.view(count, many, latent)
