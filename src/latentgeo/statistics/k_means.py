"""Clusters around means, by geodesic distances."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import shows_progress
from latentgeo.statistics.fields import Fields, in_even_units
from latentgeo.statistics.lloyd import Clusters, by_fields, by_geodesics
from latentgeo.statistics.rays import Caster
from latentgeo.statistics.seeding import seeds

__all__ = ["KMeans", "k_means"]

# points whose distances are held against geodesics
_CHECKED = 64


@dataclass(frozen=True, repr=False)
class KMeans(Described):
    """Clusters of latent points around their means.

    Attributes:
        centres: (clusters, latent), each the Frechet mean of its points.
        labels: (points,), the cluster of each point, that of the nearest centre.
        distances: (points,), to that centre, in observation units.
        objective: The mean squared distance, in squared observation units.
        residual: The greatest norm of a cluster's mean logarithm, over the root mean squared distance of its points.
        outcome: `CONVERGED`: the residual is below the tolerance, no point is nearer to another centre, and all curves
            converged. `UNCERTIFIED`: it is so on a cache of the metric, or some curves did not converge; or nowhere a
            step of the fields' mesh away from a centre the squared distances are less, as ends where the metric is
            rough. `BOUNDED`: the residual is below the tolerance, and a curve is held by the wall around the bounds of
            the cache. `MAX_ITERATIONS`: anything else.
        iterations: Assignments of the points, those of the best start.
        error: Estimated relative error of the distances: the 95 % quantile of their difference from geodesics to
            64 of the points; NaN where they are by geodesics.
    """

    centres: Tensor
    labels: Tensor
    distances: Tensor
    objective: Tensor
    residual: Tensor
    outcome: Outcome
    iterations: int
    error: float


@shows_progress("clusters")
@in_double
@torch.no_grad()
def k_means(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    clusters: int,
    *,
    generator: torch.Generator | None = None,
    start: Float[Tensor, "clusters latent"] | None = None,
    starts: int = 1,
    method: Literal["field", "geodesic"] | None = None,
    grid: GridMetric | None = None,
    size: int = 129,
    tolerance: float = 2e-3,
    max_iterations: int = 100,
    throw: bool = False,
    progress: bool = True,
) -> KMeans:
    """Geodesic k-means: centres with the least mean squared geodesic distance from a point to the nearest of them.

    Lloyd's iterations: each point belongs to the nearest centre, and each centre moves to the Frechet mean of its
    points (see `frechet_mean`). They begin at points that are drawn far from each other (k-means++, Arthur and
    Vassilvitskii 2007, by geodesic distances), and end where nothing moves.

    Two ways to measure. `field`, in two latent dimensions: distance fields of the centres and of six points around each
    (see `distance_field`), whose cost hardly depends on how many points there are. Distances are too long by half a
    per cent or so, which `error` estimates; centres are known to half a per cent of their cluster's width, as long as
    that is several steps of the mesh. `geodesic`, anywhere: a geodesic for each point and centre, unless the triangle
    inequality says that the centre is not the nearest; in two latent dimensions it begins where fields end.

    Args:
        metric: What distances are measured under; differentiable in z for geodesics.
        z: The points; float64 is meant. In two latent dimensions the result is on the CPU.
        clusters: How many.
        generator: Draws the first centres; on the CPU. Needed unless `start` is given.
        start: The first centres.
        starts: How often to draw and begin; the best end is kept.
        method: How to measure; fields in two latent dimensions by default, else geodesics.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
        size: Nodes of the fields' mesh along each axis.
        tolerance: Greatest residual.
        max_iterations: Assignments from each start.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is found is a local minimum: `starts` makes a better one likelier.

    Raises:
        ValueError: Points that are not finite or outside the grid; clusters that are not from 1 to the number of
            points; a start of another shape; neither start nor generator; fields in other than two dimensions.
        GeodesicError: With `throw`, it did not converge.
    """
    z = z.detach()
    method = _checked(z, clusters, generator, start, starts, method, max_iterations)
    if z.shape[1] == 2:
        found = _in_the_plane(
            metric, z.cpu(), clusters, generator, start, starts, method, grid, size, tolerance, max_iterations
        )
    else:
        caster = Caster(metric, z.contiguous(), None, grid)
        squared = partial(_cast, caster, z)
        ends = [
            by_geodesics(caster, z, begin, tolerance, max_iterations)
            for begin in _beginnings(z, clusters, squared, 1, generator, start, starts)
        ]
        found = _record(_best(ends), caster.exact, float("nan"))
    if metric.periods is not None:
        found = replace(found, centres=wrap(found.centres, metric.periods))
    if throw and found.outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED):
        raise GeodesicError(
            f"the clusters did not converge: {found.outcome.value}, residual {float(found.residual):.3g} after "
            f"{found.iterations} assignments"
        )
    return found


def _in_the_plane(
    metric: Metric,
    z: Tensor,
    clusters: int,
    generator: torch.Generator | None,
    start: Tensor | None,
    starts: int,
    method: str,
    grid: GridMetric | None,
    size: int,
    tolerance: float,
    max_iterations: int,
) -> KMeans:
    seen, points, cache, units = in_even_units(metric, z, grid)
    fields = Fields(seen, points, cache, size)
    begin = None if start is None else units.new(start.cpu())
    if begin is not None and not bool(((begin >= fields.box[:, 0]) & (begin <= fields.box[:, 1])).all()):
        raise ValueError(f"start must be within the cache's bounds {units.old(fields.box.T).T.tolist()}; it is not")

    def squared(numbers: Tensor) -> Tensor:
        return fields.squared(points[numbers])

    ends = [
        by_fields(fields, centres, tolerance, max_iterations)
        for centres in _beginnings(points, clusters, squared, None, generator, begin, starts)
    ]
    best = _best(ends)
    if method == "field":
        found = _record(best, False, _error(fields, best))
    else:
        caster = Caster(fields.metric, points, None, cache_of(fields.metric))
        end = by_geodesics(caster, points, best.centres, tolerance, max_iterations)
        found = _record(end, False, float("nan"))
    return replace(found, centres=units.old(found.centres))


def _beginnings(
    z: Tensor,
    clusters: int,
    squared: Callable[[Tensor], Tensor],
    trials: int | None,
    generator: torch.Generator | None,
    start: Tensor | None,
    starts: int,
) -> Iterator[Tensor]:
    """The first centres of each start."""
    if start is not None or generator is None:
        yield z[:0] if start is None else start.detach().to(z)
        return
    for _ in range(starts):
        yield z[seeds(len(z), clusters, squared, generator, trials=trials)]


def _cast(caster: Caster, z: Tensor, numbers: Tensor) -> Tensor:
    return torch.stack([caster.cast(z[number], z).length.square() for number in numbers])


def _best(ends: list[Clusters]) -> Clusters:
    return min(ends, key=lambda end: float(end.squared.mean()))


def _record(end: Clusters, exact: bool, error: float) -> KMeans:
    ended = Counter(end.curves)
    outcome = Outcome.UNCERTIFIED
    if not end.converged:
        outcome = Outcome.MAX_ITERATIONS
    elif ended[Outcome.BOUNDED]:
        outcome = Outcome.BOUNDED
    elif exact and ended[Outcome.CONVERGED] == len(end.curves):
        outcome = Outcome.CONVERGED
    like = end.squared
    return KMeans(
        end.centres,
        end.labels,
        like.sqrt(),
        like.mean(),
        like.new_tensor(end.residual),
        outcome,
        end.iterations,
        error,
    )


def _error(fields: Fields, end: Clusters) -> float:
    """Of distances to the own centres, at points spread evenly among those that are not next to it."""
    far = (end.squared > end.squared.amax() / 400).nonzero().squeeze(1)
    if not len(far):
        return 0.0
    pick = far[torch.linspace(0, len(far) - 1, min(_CHECKED, len(far))).round().long()]
    truth = geodesic(fields.metric, end.centres[end.labels[pick]], fields.points[pick]).length
    return float((end.squared[pick].sqrt() / truth - 1).abs().quantile(0.95))


def _checked(
    z: Tensor,
    clusters: int,
    generator: torch.Generator | None,
    start: Tensor | None,
    starts: int,
    method: str | None,
    max_iterations: int,
) -> Literal["field", "geodesic"]:
    """The method.

    Raises:
        ValueError: As `k_means` has it.
    """
    check_points("z", z)
    check_finite("z", z, "point")
    if not 1 <= clusters <= len(z):
        raise ValueError(f"clusters must be from 1 to the {len(z)} points; got {clusters}")
    if start is not None and (start.shape != (clusters, z.shape[1]) or not bool(torch.isfinite(start).all())):
        raise ValueError(f"start must be finite, ({clusters}, {z.shape[1]}); got {tuple(start.shape)}")
    if start is None and generator is None:
        raise ValueError("generator must be given to draw the first centres, or start, which has them; got neither")
    if starts < 1 or max_iterations < 1:
        raise ValueError(f"starts and max_iterations must be 1 or more; got {starts} and {max_iterations}")
    if method not in (None, "field", "geodesic"):
        raise ValueError(f"method must be 'field' or 'geodesic'; got {method!r}")
    if method == "field" and z.shape[1] != 2:
        raise ValueError(f"method 'field' is for two latent dimensions; z has {z.shape[1]}")
    return method or ("field" if z.shape[1] == 2 else "geodesic")
