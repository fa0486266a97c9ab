"""Which cache serves a metric: the caller's, the one it is computed from already, or a new one."""

from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.grid import GridMetric, bounding_box
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import Bounds, open_bounds

__all__ = ["bounds_of", "cached"]


def cached(
    metric: Metric,
    points: Float[Tensor, "points 2"],
    grid: GridMetric | None = None,
    bounds: Bounds | None = None,
    size: int | None = None,
    most: int = 257,
) -> Metric:
    """A metric with two latent dimensions, computed from a cache: its `cache` is not None and its `jet` is cheap.

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
    present = metric.cache
    if grid is None:
        if present is not None:
            return metric
        base = metric.root
        box = bounding_box(points, periods=base.periods) if bounds is None else bounds
        made = GridMetric(base, box, size, most=most)
        return metric.substitute(base, made)
    if present is grid:
        return metric
    found = metric.substitute(grid.metric, grid)
    if found is metric:
        raise ValueError("grid caches another metric; make it of this one, or of the one that this one is built on")
    return found


def bounds_of(metric: Metric | None) -> Bounds | None:
    """The box that curves keep to under a metric: that of its cache, if it has one; endless where it is periodic."""
    return None if metric is None or metric.cache is None else open_bounds(metric.cache.bounds, metric.periods)
