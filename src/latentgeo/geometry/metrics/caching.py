"""The cache that serves a metric: the caller's, the one it is computed from already, or a new one."""

from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.bounds import Bounds, bounding_box, open_bounds
from latentgeo.geometry.metrics.built_on import root_of, substitute
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import Walled

__all__ = ["bounds_of", "cache_of", "cached", "walled", "without_wall"]


def cache_of(metric: Metric) -> GridMetric | None:
    """The cache that a metric is computed from, if it is."""
    inner: Metric | None = metric
    while inner is not None and not isinstance(inner, GridMetric):
        inner = inner.base
    return inner


def cached(
    metric: Metric,
    points: Float[Tensor, "points 2"],
    grid: GridMetric | None = None,
    bounds: Bounds | None = None,
    size: int | None = None,
    most: int = 257,
) -> Metric:
    """A metric with two latent dimensions, computed from a cache, so that its `jet` is cheap.

    Args:
        metric: Returned as it is if it is computed from a cache already and no other is given.
        points: What a new cache covers, where neither grid nor bounds are given.
        grid: A cache of the metric or of one that it is built on.
        bounds: Of a new cache.
        size: Of a new cache; chosen by its error by default, up to `most`.
        most: See `size`.

    Raises:
        ValueError: The grid caches another metric.
    """
    present = cache_of(metric)
    if grid is None:
        if present is not None:
            return metric
        base = root_of(metric)
        box = bounding_box(points, periods=base.periods) if bounds is None else bounds
        made = GridMetric(base, box, size, most=most)
        return substitute(metric, base, made)
    if present is grid:
        return metric
    found = substitute(metric, grid.metric, grid)
    if found is metric:
        raise ValueError("grid caches another metric; make it of this one, or of the one that this one is built on")
    return found


def walled(metric: Metric, fast: Metric) -> Metric:
    """The metric behind the wall of the cache that `fast`, the same metric, is computed from: both measure alike."""
    grid = cache_of(fast)
    return metric if grid is None else substitute(metric, grid.metric, Walled(grid.metric, grid.bounds))


def without_wall(fast: Metric) -> Metric:
    """The same metric from the same cache, without the wall around its box."""
    grid = cache_of(fast)
    return fast if grid is None else substitute(fast, grid, grid.without_wall())


def bounds_of(metric: Metric | None) -> Bounds | None:
    """The box that curves keep to under a metric: that of its cache, if it has one; endless where it is periodic."""
    grid = None if metric is None else cache_of(metric)
    return None if metric is None or grid is None else open_bounds(grid.bounds, metric.periods)
