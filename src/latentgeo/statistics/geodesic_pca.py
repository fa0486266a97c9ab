"""Principal geodesics: the geodesics that are nearest to latent points, of all and not only of those through a mean."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome, Solver
from latentgeo.progress import shows_progress
from latentgeo.statistics.frechet import frechet_mean
from latentgeo.statistics.levenberg import descended, outcome_of
from latentgeo.statistics.principal import Anywhere, Crossing, Family, Through, complement, follow
from latentgeo.statistics.projections import Fit, Found
from latentgeo.statistics.rays import Caster, check_weighted

__all__ = ["GeodesicPCA", "geodesic_pca"]

# of the mean that the search begins at
_MEAN = 1e-3
# of the greatest weight
_LIGHT = 1e-6
# of a distance: how far a nearest point may be off along the geodesic, which changes the distance by half the square
_OFF = 1e-3


@dataclass(frozen=True, repr=False)
class GeodesicPCA(Described):
    """Geodesics that cross in a point, at right angles.

    `exponential(metric, point[None], components[k : k + 1], s)` is the point of component k whose score is s.

    Attributes:
        point: (latent,), where they cross, which may be off the Frechet mean; of one component, the point of the mean
            score.
        components: (components, latent), unit tangent vectors there, orthogonal under the metric. The largest entry is
            positive.
        scores: (points, components), how far along each geodesic its nearest point is, in observation units.
        distances: (points, components), from there to the points.
        variances: (components,), the weighted mean squares of the scores, in squared observation units.
        residual_variances: (components,), those of the distances: what each geodesic makes least.
        outcome: One a component. `CONVERGED`: the residual is below the tolerance, and all curves converged.
            `UNCERTIFIED`: it is, on a cache of the metric, or some curves did not converge. `BOUNDED`: it is, and a
            curve is held by the wall around the bounds of the cache. `MAX_ITERATIONS`: anything else.
        residual: (components,), length of the step that would lead to the end if distances were those of flat space,
            over the root mean square of the distances to the Frechet mean; or how far a nearest point is off, over that
            or its own distance, where that is more than a thousandth: it may be beyond the bounds of the cache.
        iterations: (components,), steps.
    """

    point: Tensor
    components: Tensor
    scores: Tensor
    distances: Tensor
    variances: Tensor
    residual_variances: Tensor
    outcome: list[Outcome]
    residual: Tensor
    iterations: Tensor


@shows_progress("geodesic components")
@takes_arrays
@torch.no_grad()
def geodesic_pca(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    components: int = 1,
    *,
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    solver: Solver | None = None,
    grid: GridMetric | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 50,
    throw: bool = False,
    progress: bool = True,
) -> GeodesicPCA:
    """Principal geodesics (Huckemann, Hotz and Munk 2010): each has the least mean squared distance to the points.

    The first is the nearest of all geodesics, the second of those that cross the first at a right angle, all others of
    those through that crossing, orthogonal to the ones before. Points are projected along geodesics, and the first need
    not lead through the mean: `tangent_pca`, which knows the points by their logarithms at the mean alone, is where the
    search begins. In flat space both are principal components. Levenberg and Marquardt's steps change a geodesic and
    the nearest points on it together; each solves a geodesic from these to the given points.

    Args:
        metric: Differentiable in z, and not singular at the mean.
        z: The points; float64 is meant. In two latent dimensions the result is on the CPU.
        components: How many, at most as many as there are latent dimensions.
        weights: Not negative, one for each point; equal ones by default.
        solver: Of `geodesic`, to solve curves under the metric itself; it has to have a use for `start`. By default
            everything, exponentials too, is under a cache in two latent dimensions.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
        tolerance: Greatest residual.
        max_iterations: Steps of a component.
        throw: Raise unless every component converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is found is the nearest local minimum. On a closed geodesic scores are those of the way round that the
        search came.

    Raises:
        ValueError: More components than dimensions, or fewer than one; a metric that is singular at the mean; points or
            weights as `frechet_mean` has it.
        GeodesicError: With `throw`, a component did not converge.
    """
    shares = check_weighted(z, weights).detach()
    latent = z.shape[1]
    if not 1 <= components <= latent:
        raise ValueError(f"components must be from 1 to the {latent} latent dimensions; got {components}")
    z = z.detach()
    if latent == 2:
        z, shares = z.cpu(), shares.cpu()
    found = _found(metric, z.contiguous(), shares, components, solver, grid, tolerance, max_iterations)
    bad = [k for k, outcome in enumerate(found.outcome) if outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED)]
    if throw and bad:
        raise GeodesicError(
            f"component {bad[0] + 1} did not converge: {found.outcome[bad[0]].value}, residual "
            f"{float(found.residual[bad[0]]):.3g} after {int(found.iterations[bad[0]])} steps"
        )
    return found


@in_double
def _found(
    metric: Metric,
    z: Tensor,
    weights: Tensor,
    components: int,
    solver: Solver | None,
    grid: GridMetric | None,
    tolerance: float,
    most: int,
) -> GeodesicPCA:
    caster = Caster(metric, z, solver, grid)
    mean = frechet_mean(metric, z, weights, solver=solver, grid=caster.grid, tolerance=_MEAN)
    # those of next to no weight have their nearest points in the end: on the way they would be in it
    heavy = (weights > _LIGHT * weights.amax()).nonzero().squeeze(1)
    spread = float(mean.objective.sqrt())
    fit, whole = (Fit(caster, z[of], weights[of], spread) for of in (heavy, torch.arange(len(z), device=z.device)))
    unit = spread or 1.0
    point, lines = mean.point.detach(), list[Tensor]()
    scores, ends = list[Tensor](), list[tuple[Found, float, int]]()
    for number in range(components):
        direction, times = _beginning(caster.metric, point, lines, mean.logarithms, weights, unit)
        if not number:
            family: Family = Anywhere(caster.metric, point, direction, unit)
        elif number == 1:
            family = Crossing(caster.metric, (point, lines[0]), 0.0, direction, unit)
        else:
            family = Through(caster.metric, point, lines, direction, unit)
        now, residual, steps = descended(fit, _begun(fit, family, times[heavy]), tolerance, most)
        now, off = whole.projected(_begun(whole, now.family, times.index_copy(0, heavy, now.times)), tolerance)
        ends.append((now, residual if off <= _OFF else max(residual, off), steps))
        scores.append(now.times)
        point, lines = now.family.point, [*lines, now.family.direction]
        if isinstance(now.family, Anywhere):
            # others cross it at its mean score at first
            middle = weights @ now.times
            found = follow(caster.metric, point, lines[0], middle[None])
            if found is None:
                raise GeodesicError("the first component does not come to the mean of its scores")
            point, lines, scores = found[0][0], [found[1][0]], [now.times - middle]
        elif isinstance(now.family, Crossing):
            lines[0] = now.family.tangent
            scores[0] = scores[0] - now.family.time
    vectors, along = torch.stack(lines) / unit, unit * torch.stack(scores, 1)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).squeeze(1)
    sign = torch.where(largest < 0, -1.0, 1.0)
    distances = torch.stack([now.rays.length for now, _, _ in ends], 1)
    return GeodesicPCA(
        wrap(point[None], metric.periods)[0] if metric.periods is not None else point,
        sign[:, None] * vectors,
        sign * along,
        distances,
        weights @ along.square(),
        weights @ distances.square(),
        [outcome_of(now.rays, caster, residual <= tolerance) for now, residual, _ in ends],
        z.new_tensor([residual for _, residual, _ in ends]),
        torch.tensor([steps for _, _, steps in ends], device=z.device),
    )


def _beginning(
    metric: Metric, point: Tensor, lines: list[Tensor], logarithms: Tensor, weights: Tensor, unit: float
) -> tuple[Tensor, Tensor]:
    """The principal component of the logarithms, taken for tangent vectors at a point, at right angles to others."""
    basis = complement(metric, point, lines, unit)
    parts = logarithms @ metric(point[None])[0] @ basis.T / unit**2
    axis = torch.linalg.svd(weights.sqrt()[:, None] * parts, full_matrices=False).Vh[0]
    return axis @ basis, parts @ axis


def _begun(fit: Fit, family: Family, times: Tensor) -> Found:
    """Points on a geodesic to begin with: those at the times, or nearer to its beginning if it does not come so far."""
    for share in (1.0, 0.5, 0.25, 0.0):
        found = fit.at(family, share * times, None)
        if found is not None:
            return found
    raise ValueError(
        f"z: the mean of the points, {family.point.tolist()}, is outside the bounds of the cache; widen them"
    )
