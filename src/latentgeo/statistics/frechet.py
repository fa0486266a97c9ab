"""The mean and the median of latent points, as the points nearest to all of them along geodesics."""

from collections import Counter
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.described import Described, counted
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome, Solver
from latentgeo.progress import shows_progress
from latentgeo.statistics.descent import Descent, Sum
from latentgeo.statistics.fields import Fields, in_even_units
from latentgeo.statistics.implicit import Located
from latentgeo.statistics.lloyd import by_fields
from latentgeo.statistics.rays import Caster, check_weighted, divided
from latentgeo.statistics.starts import sampled, valleys

__all__ = ["FrechetSolution", "frechet_mean", "frechet_median"]

# the residual up to which a start is followed on a part of the points
_ROUGHLY = 1e-2
# nodes along each axis of the mesh that a start is followed on, and steps there at most
_SIZE, _STEPS = 257, 20
# how often rays are sought anew where a descent has ended, if that is farther off than this share of the distances
_ANEW, _NEARBY = 4, 0.05


@dataclass(frozen=True, repr=False)
class FrechetSolution(Described):
    """A mean or a median of latent points.

    Attributes:
        point: (latent,); differentiable in the points and the weights.
        objective: The weighted mean of the squared distances (of the distances, for the median), the weights scaled to
            add up to one: the Frechet variance, in squared observation units.
        residual: Norm under the metric of the weighted mean of the logarithms, in observation units; of the weighted
            mean of the unit vectors towards the points, less the weight of a point that it sits on, for the median.
        outcome: `CONVERGED`: the residual is below the tolerance, and all curves converged. `UNCERTIFIED`: it is, on a
            cache of the metric, which is as good as its `interpolation_error` says, or some curves did not converge;
            `curves` says which. `BOUNDED`: it is, and a curve is held by the wall around the bounds of the cache.
            `MAX_ITERATIONS`: anything else.
        iterations: Steps, those of the best start.
        distances: (points,), from the point.
        logarithms: (points, latent), the velocities at the point of the geodesics that lead to the points in unit time.
        curves: How the geodesic to each point ended.
        curve: The geodesics, from the point as it was found.
    """

    point: Tensor
    objective: Tensor
    residual: Tensor
    outcome: Outcome
    iterations: int
    distances: Tensor
    logarithms: Tensor
    curves: list[Outcome]
    curve: Curve


@shows_progress("mean")
@takes_arrays
def frechet_mean(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    *,
    start: Float[Tensor, "starts latent"] | None = None,
    starts: int = 3,
    solver: Solver | None = None,
    grid: GridMetric | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 50,
    throw: bool = False,
    progress: bool = True,
) -> FrechetSolution:
    """The Frechet mean: the point whose weighted sum of squared geodesic distances to the given ones is least.

    There the logarithms of the points, the velocities that lead to them in unit time, have the mean zero. The first
    step of the descent is along their mean (Pennec 2006); later ones know the curvature. Curves begin with those of the
    step before, and are sought anew at the end.

    The mean is unique, and the only point where the logarithms' mean is zero, if all points lie in a ball whose radius
    is below half the injectivity radius and below pi / (2 sqrt K), K the greatest sectional curvature where that is
    positive (Karcher 1977, Kendall 1990, Afsari 2011). Where data are wider than that there may be several: the descent
    begins at the points that are lower than those around them, and keeps the best end.

    The result is differentiable in the points and the weights, once, by the implicit function theorem; a gradient costs
    as much as 4 latent steps. It is not differentiable in the metric.

    Args:
        metric: What distances are measured under; differentiable in z.
        z: The points; float64 is meant.
        weights: Not negative, one for each point; equal ones by default. Only their ratios count.
        start: Points to begin at, instead of the choice among the given ones.
        starts: How many beginnings to choose at most. Of more than 128 points, they are followed by distance fields in
            two latent dimensions, and on 128 of the points in others.
        solver: Of `geodesic`, to solve and measure curves under the metric itself; it has to have a use for `start`. By
            default curves are splines, in two latent dimensions under a cache.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
        tolerance: Greatest residual, relative to the root mean squared distance.
        max_iterations: Steps; each solves one geodesic a point.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        Where a metric is rough, such as that of MNIST's decoder, a curve's length is known better than how it changes
        as its end moves: single logarithms are off by some per cent there, their mean by less.

        Such a point may be a saddle where the points are spread symmetrically over more than Karcher's ball, as three
        even ones on an equator: `start` somewhere else.

    Raises:
        ValueError: No points, points that are not finite or outside the grid, or weights that are none; a decoder that
            is piecewise linear, in other than two dimensions.
        GeodesicError: With `throw`, it did not converge.
    """
    shares = check_weighted(z, weights)
    return _found(metric, z, shares, start, starts, solver, grid, 2, tolerance, max_iterations, throw)


@shows_progress("median")
@takes_arrays
def frechet_median(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    *,
    start: Float[Tensor, "starts latent"] | None = None,
    starts: int = 3,
    solver: Solver | None = None,
    grid: GridMetric | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 100,
    throw: bool = False,
    progress: bool = True,
) -> FrechetSolution:
    """The geometric median: the point whose weighted sum of geodesic distances to the given ones is least.

    A few outliers do not move it far, wherever they are. The first step of the descent is Weiszfeld's, as Fletcher et
    al. 2009 have it on manifolds; later ones know the curvature. The median may be one of the points, which then pulls
    harder than all others together (Vardi and Zhang 2000): that is found exactly, its gradient is that point's.

    It is unique if the points are not all on one geodesic and lie in a ball whose radius is below half the injectivity
    radius and below pi / (4 sqrt K), K the greatest sectional curvature where that is positive (Afsari 2011); otherwise
    see `frechet_mean`, also for differentiation. On one geodesic all points between the middle two are medians.

    Args:
        metric: As for `frechet_mean`, and so all others.
        z: The points; float64 is meant.
        weights: Not negative, one for each point; equal ones by default.
        start: Points to begin at.
        starts: How many beginnings to choose at most.
        solver: Of `geodesic`.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on.
        tolerance: Greatest residual, which is 1 where all points are in one direction.
        max_iterations: Steps.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: As `frechet_mean` has it.
        GeodesicError: With `throw`, it did not converge.
    """
    shares = check_weighted(z, weights)
    return _found(metric, z, shares, start, starts, solver, grid, 1, tolerance, max_iterations, throw)


@in_double
def _found(
    metric: Metric,
    z: Tensor,
    weights: Tensor,
    start: Tensor | None,
    starts: int,
    solver: Solver | None,
    grid: GridMetric | None,
    power: int,
    tolerance: float,
    max_iterations: int,
    throw: bool,
) -> FrechetSolution:
    if starts < 1:
        raise ValueError(f"starts must be 1 or more; got {starts}")
    if z.shape[1] == 2:
        # where the curves are
        z, weights = z.cpu(), weights.cpu()
    with torch.no_grad():
        points, shares = z.detach().contiguous(), weights.detach()
        caster = Caster(metric, points, solver, grid)
        total = Sum(caster, points, shares, power, tolerance)
        begun, fresh = _best(total, start, starts, max_iterations)
        now = _settled(total, begun, begun.rays.point if fresh else None, max_iterations)
        outcome = _outcome(now, caster)
        if throw and outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED):
            raise GeodesicError(
                f"the {'median' if power == 1 else 'mean'} did not converge: {outcome.value}, residual "
                f"{now.residual:.3g} after {now.iterations} steps; curves: {counted(now.rays.outcome)}"
            )
        rays = now.rays
        logarithms = -divided(rays.slope, caster.tensor(rays.point))
    point = Located.apply(z, weights, caster, rays, power)
    return FrechetSolution(
        point=wrap(point[None], metric.periods)[0] if metric.periods is not None else point,
        objective=points.new_tensor(now.value * power),
        residual=points.new_tensor(now.residual),
        outcome=outcome,
        iterations=now.iterations,
        distances=rays.length,
        logarithms=logarithms,
        curves=rays.outcome,
        curve=rays.curve,
    )


def _best(total: Sum, start: Tensor | None, starts: int, max_iterations: int) -> tuple[Descent, bool]:
    """The most promising beginning, at all points; and whether its rays were sought from nothing."""
    caster, z, weights = total.caster, total.z, total.weights
    index = sampled(len(z), weights)
    part, shares = z[index], weights[index] / weights[index].sum()
    begin = valleys(caster, part, shares, total.power, starts) if start is None else _checked(caster, start, z)
    whole = len(index) == len(z)
    by_field = not whole and total.power == 2 and z.shape[1] == 2
    if by_field:
        begin = _followed_by_fields(total, begin)
    if len(begin) == 1 and (whole or by_field):
        return total.at(caster.cast(begin[0], z)), True
    some = Sum(caster, part, shares, total.power, max(total.tolerance, _ROUGHLY))
    ends = [some.descend(some.at(caster.cast(p, part)), max_iterations // 2) for p in begin]
    best = min(ends, key=lambda end: end.value)
    there = total.at(best.rays if whole else caster.cast(best.rays.point, z))
    return replace(there, curvature=best.curvature, iterations=best.iterations), not whole


def _followed_by_fields(total: Sum, begin: Tensor) -> Float[Tensor, "1 2"]:
    """The lowest of where distance fields lead to."""
    metric, points, cache, units = in_even_units(total.caster.metric, total.z, total.caster.grid)
    fields = Fields(metric, points, cache, _SIZE)
    ends = [by_fields(fields, units.new(p[None]), _ROUGHLY, _STEPS, total.weights) for p in begin]
    return units.old(min(ends, key=lambda end: float(total.weights @ end.squared)).centres)


def _settled(total: Sum, now: Descent, fresh: Tensor | None, max_iterations: int) -> Descent:
    """The end of a descent whose rays are the shortest that are found from nothing near there.

    Args:
        total: The sum.
        now: Where to begin.
        fresh: Where rays were last sought from nothing.
        max_iterations: Steps.
    """
    for _ in range(_ANEW):
        now = total.descend(now, max_iterations - now.iterations)
        p, rays = now.rays.point, now.rays
        moved = None if fresh is None else (p - fresh) @ total.caster.tensor(p) @ (p - fresh)
        if moved is not None and float(moved) <= _NEARBY**2 * float(total.weights @ rays.length.square()):
            break
        rays, shorter = total.caster.recast(rays, total.z)
        if not shorter:
            break
        fresh = p
        now = replace(total.at(rays), iterations=now.iterations, curvature=now.curvature)
    return now


def _checked(caster: Caster, start: Tensor, z: Tensor) -> Tensor:
    if start.ndim != 2 or start.shape[1] != z.shape[1] or not len(start):
        raise ValueError(f"start must be (starts, {z.shape[1]}), one at least; got {tuple(start.shape)}")
    start = start.detach().to(z)
    for p in start:
        if not caster.allows(p):
            raise ValueError(f"start must be finite and inside the cache's bounds; {p.tolist()} is not")
    return start


def _outcome(now: Descent, caster: Caster) -> Outcome:
    ended = Counter(now.rays.outcome)
    if not now.converged:
        return Outcome.MAX_ITERATIONS
    if ended[Outcome.BOUNDED]:
        return Outcome.BOUNDED
    whole = caster.exact and ended[Outcome.CONVERGED] == len(now.rays.outcome)
    return Outcome.CONVERGED if whole else Outcome.UNCERTIFIED
