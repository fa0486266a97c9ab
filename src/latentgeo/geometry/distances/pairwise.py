"""Distances between all pairs of many points, and the exact ones where they are asked for."""

import warnings
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Integer
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_pairs, check_points
from latentgeo.geometry.distances.arcs import arc_lengths
from latentgeo.geometry.distances.cubic import cubic
from latentgeo.geometry.distances.eikonal import Mesh, mesh, spread
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.graph import adjacency, edge_lengths, knn_graph
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.geometry.periods import nearest_image, neighbour_tree
from latentgeo.geometry.solution import OnStep
from latentgeo.progress import shows_progress, tell

__all__ = ["distance_matrix"]

# every so manieth node along both axes is a source, where there are fewer of them than points
_STRIDE = 2
# points nearer than so many steps are joined by an arc; up to so many, where that is shorter
_NEAR, _CLOSE = 6.0, 10.0
# sources side by side, geodesics in one call, rows of a block of the matrix, arcs in one call
_SOURCES, _PAIRS, _BLOCK, _EDGES = 256, 500, 1000, 200_000
# geodesics that take minutes
_MANY = 5000
# points whose straight lines are measured too
_FEW = 300


@shows_progress("distances")
@takes_arrays
def distance_matrix(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    *,
    method: Literal["graph", "geodesic"] = "graph",
    pairs: Integer[Tensor, "pairs 2"] | None = None,
    data: Float[Tensor, "others latent"] | None = None,
    grid: GridMetric | None = None,
    size: int = 193,
    neighbours: int = 16,
    on_step: OnStep | None = None,
    progress: bool = True,
) -> Float[Tensor, "points points"]:
    """Distances between all pairs of points, thousands of them; some or all made exact by solving their geodesics.

    With two latent dimensions the graph is a grid of the cached metric, and distances from its nodes solve the
    anisotropic eikonal equation (see `eikonal`): from the points themselves or, where these are more, from every other
    node, between which squared distances are interpolated by cubics, as they are from nodes to points. Otherwise
    distances are shortest paths among nearest neighbours, and of up to 300 points no longer than the straight line.
    Along periodic coordinates (`metric.periods`) both go across the seam.

    Args:
        metric: The metric.
        z: The points; the result has their dtype.
        method: `graph` for all entries, or `geodesic` to solve for the asked-for ones after that.
        pairs: Rows (i, j) of the entries that `geodesic` makes exact; all of them by default.
        data: Further points for paths to go through, where there are not two latent dimensions.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on, that covers the points.
        size: The grid's nodes along each axis, about; the error falls with the step. For two latent dimensions.
        neighbours: That each point is joined to, where there are not two latent dimensions.
        on_step: Called with the sources done, then with the entries solved, and the mean of the distances just found.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        In observation units; symmetric, zero on the diagonal; of more than 300 points infinite where the graph does not
        connect them.

    Warning:
        In many dimensions data are always sparse, and paths among neighbours go zigzag: among 2,000 encodings of digits
        with eight latent dimensions they were 17 % longer than the straight lines (median), geodesics a few per cent
        shorter. Of more than 300 points straight lines are too many to be measured; who needs these distances well
        gives `pairs` to `geodesic`.

        A geodesic takes some hundredths of a second, so all of 1000 points take hours; from 5000 geodesics on a
        warning says how many they are.

    Raises:
        ValueError: An unknown method, pairs that are no rows of point numbers or that `graph` would not use, or points
            outside the grid.
    """
    _check(z, method, pairs)
    z = z.detach()
    if data is not None:
        check_points("data", data, z.shape[1])
        check_finite("data", data, "point")
        data = data.detach()
    if len(z) < 2:
        return z.new_zeros(len(z), len(z))
    known = grid or cache_of(metric)
    if known is not None and z.shape[1] == 2:
        _check_inside(known, z)
    metric, z, data, grid = _balanced(metric, z, data, grid)
    if z.shape[1] == 2:
        known = grid or cache_of(metric)
        box = bounding_box(z, 0.1, metric.periods) if known is None else known.bounds
        fast = cached(metric, z, grid, box)
        found = _in_the_plane(fast, z.double().cpu(), size, on_step)
        # geodesics are solved on the same cache, and measured under the metric itself
        grid = cache_of(fast)
    else:
        found = _among_neighbours(
            metric, z if data is None else torch.cat([data.to(z), z]), len(z), neighbours, on_step
        )
        if len(z) <= _FEW:
            _at_most_lines(found, metric, z)
    distances = torch.from_numpy(found).to(z)
    if method == "geodesic":
        asked = torch.combinations(torch.arange(len(z))) if pairs is None else pairs.cpu()
        _refine(distances, metric, z, asked, data, grid, on_step)
    return distances


def _check(z: Tensor, method: str, pairs: Tensor | None) -> None:
    if method not in ("graph", "geodesic"):
        raise ValueError(f"method must be 'graph' or 'geodesic'; got {method!r}")
    check_points("z", z)
    check_finite("z", z, "point")
    if pairs is None:
        return
    if method == "graph":
        raise ValueError("pairs are the entries that method='geodesic' solves; got them with method='graph'")
    check_pairs(pairs, len(z), "points")


def _check_inside(grid: GridMetric, z: Tensor) -> None:
    inside = grid.inside(z)
    if not bool(inside.all()):
        point = int((~inside).nonzero()[0])
        raise ValueError(
            f"z: point {point}, {z[point].tolist()}, is outside the grid's bounds {grid.bounds}; make the grid "
            "with wider bounds"
        )


def _balanced(
    metric: Metric, z: Tensor, data: Tensor | None, grid: GridMetric | None
) -> tuple[Metric, Tensor, Tensor | None, GridMetric | None]:
    """All of them in latent units in which the metric is balanced."""
    boxed = grid is not None or cache_of(metric) is not None
    units = balanced(metric, z, axes=boxed and z.shape[1] == 2)
    if units is None:
        return metric, z, data, grid
    seen = in_units(metric, units)
    grid = None if grid is None else units.grid(grid, metric, seen)
    return seen, units.new(z), None if data is None else units.new(data.to(z)), grid


def _in_the_plane(metric: Metric, z: Tensor, size: int, on_step: OnStep | None) -> np.ndarray:
    cache = cache_of(metric)
    if cache is None:
        raise ValueError("metric: expected one that is computed from a cache")
    count = _STRIDE * max(4, -(-(size - 1) // _STRIDE)) + 1
    x, y = (count if period is None else count - 1 for period in metric.periods or (None, None))
    nodes = mesh(metric, cache.bounds, (x, y))
    between = cubic(nodes, z, _STRIDE)
    used = np.unique(between.indices)
    direct = len(z) <= len(used)
    sources = z if direct else nodes.nodes[::_STRIDE, ::_STRIDE].reshape(-1, 2)[torch.as_tensor(used)]
    squared = _squared_from(nodes, metric, sources, z, on_step)
    if not direct:
        squared = between[:, used] @ squared
    _symmetrise(squared)
    found = np.sqrt(np.maximum(squared, 0, out=squared), out=squared)
    _join_close(found, metric, z, float(nodes.step.amax()))
    np.fill_diagonal(found, 0)
    return found


def _join_close(found: np.ndarray, metric: Metric, z: Tensor, step: float) -> None:
    """Arcs between points that are close to each other, where interpolation is poor."""
    close = neighbour_tree(z, metric.periods).query_pairs(_CLOSE * step, output_type="ndarray")
    for start in range(0, len(close), _EDGES):
        first, second = close[start : start + _EDGES].T
        there = nearest_image(z[first], z[second], metric.periods)
        arc = arc_lengths(metric, z[first], there).numpy()
        near = (z[first] - there).norm(dim=1).numpy() < _NEAR * step
        found[first, second] = np.where(near, arc, np.minimum(arc, found[first, second]))
        found[second, first] = found[first, second]


def _squared_from(nodes: Mesh, metric: Metric, sources: Tensor, z: Tensor, on_step: OnStep | None) -> np.ndarray:
    """Squared distances from sources to points, (sources, points), float32."""
    at = cubic(nodes, z, 1)
    squared = np.empty((len(sources), len(z)), np.float32)
    for start in range(0, len(sources), _SOURCES):
        reached = spread(nodes, metric, sources[start : start + _SOURCES].float(), tolerance=1e-3)
        squared[start : start + _SOURCES] = (at @ reached.flatten(1).square().numpy().T).T
        tell(f"{start} of {len(sources)} sources")
        if on_step is not None:
            on_step(min(start + _SOURCES, len(sources)), float(reached.mean()))
    return squared


def _among_neighbours(
    metric: Metric, points: Tensor, count: int, neighbours: int, on_step: OnStep | None
) -> np.ndarray:
    """Shortest paths between the last so many points."""
    matrix = adjacency(knn_graph(metric, points, neighbours))
    first = len(points) - count
    found = np.empty((count, count))
    for start in range(0, count, _SOURCES):
        rows = dijkstra(matrix, indices=range(first + start, min(first + start + _SOURCES, len(points))))[:, first:]
        found[start : start + _SOURCES] = rows
        tell(f"{start} of {count} sources")
        if on_step is not None:
            on_step(min(start + _SOURCES, count), float(rows.mean()))
    _symmetrise(found)
    return found


def _at_most_lines(found: np.ndarray, metric: Metric, z: Tensor) -> None:
    """The straight line's length in place of what is longer."""
    first, second = torch.combinations(torch.arange(len(z))).unbind(1)
    line = edge_lengths(metric, z[first], nearest_image(z[first], z[second], metric.periods)).double().cpu().numpy()
    i, j = first.numpy(), second.numpy()
    found[i, j] = found[j, i] = np.fmin(found[i, j], line)


def _symmetrise(found: np.ndarray) -> None:
    """The mean of both directions, in place and block by block: the matrix may fill a good part of the memory."""
    for i in range(0, len(found), _BLOCK):
        for j in range(i, len(found), _BLOCK):
            rows, columns = slice(i, i + _BLOCK), slice(j, j + _BLOCK)
            mean = (found[rows, columns] + found[columns, rows].T) / 2
            found[rows, columns], found[columns, rows] = mean, mean.T


def _refine(
    distances: Tensor,
    metric: Metric,
    z: Tensor,
    pairs: Tensor,
    data: Tensor | None,
    grid: GridMetric | None,
    on_step: OnStep | None,
) -> None:
    """Put the lengths of geodesics into the matrix, at both places of each pair."""
    if len(pairs) > _MANY:
        warnings.warn(
            f"{len(pairs)} geodesics are to be solved, some tens a second; name fewer by pairs, or use method='graph'",
            stacklevel=3,
        )
    known = None if z.shape[1] == 2 else z if data is None else torch.cat([data.to(z), z])
    for start in range(0, len(pairs), _PAIRS):
        first, second = pairs[start : start + _PAIRS].long().to(z.device).unbind(1)
        length = geodesic(metric, z[first], z[second], data=known, grid=grid).length
        distances[first, second] = distances[second, first] = length
        tell(f"{start} of {len(pairs)} geodesics")
        if on_step is not None:
            on_step(min(start + _PAIRS, len(pairs)), float(length.mean()))
