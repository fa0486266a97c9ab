"""Distances from one point to a grid of others (for equidistance lines), and between all pairs of many points.

Both are shortest paths on a graph, which are too long by a per cent or so; the distance field says by how much.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.cache import cached
from latentgeo.geometry.geodesic import geodesic
from latentgeo.geometry.graph import (
    Graph,
    attach,
    distances_from,
    grid_graph,
    neighbour_graph,
)
from latentgeo.geometry.grid import GridMetric, bounding_box
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.wall import Bounds

__all__ = ["DistanceField", "distance_field", "distance_matrix"]


@dataclass(frozen=True)
class DistanceField:
    """Geodesic distances from a source to the points of a grid.

    Attributes:
        z: (rows, columns, 2) with z[i, j] = (x_j, y_i).
        distance: (rows, columns), in observation units.
        error: Estimated relative error: the 95 % quantile of the excess over geodesics to random targets.
    """

    z: Tensor
    distance: Tensor
    error: float


def distance_field(
    metric: Metric,
    source: Float[Tensor, "2"],
    bounds: Bounds | None = None,
    size: int | tuple[int, int] = 96,
    *,
    grid: GridMetric | None = None,
    reach: int = 4,
    checks: int = 32,
) -> DistanceField:
    """Distances from a point to a regular grid of latent points, by Dijkstra's algorithm with a wide stencil.

    Args:
        metric: A metric with two latent dimensions.
        source: One latent point.
        bounds: The grid's box; that of `grid` by default, else a unit box around the source.
        size: Points along x and y; one number or (x, y).
        grid: A `GridMetric` of `metric`, or of the metric that this is built on, that covers the bounds.
        reach: Of the stencil; 4 joins 48 neighbours. See `grid_graph`.
        checks: Random targets whose geodesics are solved for the error estimate; 0 gives an error of NaN.

    Raises:
        ValueError: The source is no 2-D point or outside the bounds, or the grid caches another metric.
    """
    if source.shape != (2,):
        raise ValueError(f"source must be one 2-D point, shape (2,); got {tuple(source.shape)}")
    source = source.detach()
    known = grid or metric.cache
    if bounds is None:
        bounds = bounding_box(source.unsqueeze(0), 0.5) if known is None else known.bounds
    fast = cached(metric, source.unsqueeze(0), grid, bounds)
    box = torch.tensor(bounds, dtype=source.dtype)
    if bool(((source < box[:, 0]) | (source > box[:, 1])).any()):
        raise ValueError(f"source {source.tolist()} is outside the bounds {box.tolist()}")
    shape = (size, size) if isinstance(size, int) else size
    # between the asked-for points lie others, so that paths can bend
    parts = max(1, round(160 / max(shape)))
    fine = (parts * (shape[0] - 1) + 1, parts * (shape[1] - 1) + 1)
    graph = grid_graph(fast, bounds, fine, reach)
    full = attach(graph, fast, source.unsqueeze(0), neighbours=48)
    reached = torch.as_tensor(distances_from(full, len(graph.nodes)))[:-1].to(source)
    distance = reached.view(fine)[::parts, ::parts].T.contiguous()
    z = graph.nodes.view(*fine, 2)[::parts, ::parts].transpose(0, 1).contiguous().to(source)
    return DistanceField(z, distance, _excess(fast, source, z, distance, checks))


def distance_matrix(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    *,
    data: Float[Tensor, "others latent"] | None = None,
    grid: GridMetric | None = None,
    size: int = 128,
    reach: int = 3,
    neighbours: int = 16,
) -> Float[Tensor, "points points"]:
    """Distances between all pairs of points along a graph: a metric grid in two dimensions, else nearest neighbours.

    Args:
        metric: The metric.
        z: The points.
        data: Further points for paths to go through, where there are not two latent dimensions.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on, that covers the points.
        size: The grid graph's nodes along each axis.
        reach: Of the grid graph's stencil.
        neighbours: That each point is joined to.

    Returns:
        Symmetric, zero on the diagonal; infinite between points that the graph does not connect.
    """
    z = z.detach()
    if len(z) < 2:
        return z.new_zeros(len(z), len(z))
    if z.shape[1] == 2:
        known = grid or metric.cache
        bounds = bounding_box(z, 0.1) if known is None else known.bounds
        fast = cached(metric, z, grid, bounds)
        base = attach(grid_graph(fast, bounds, size, reach), fast, z, neighbours)
        own = neighbour_graph(fast, z, neighbours)
        offset = len(base.nodes) - len(z)
        graph = Graph(base.nodes, torch.cat([base.edges, own.edges + offset]), torch.cat([base.lengths, own.lengths]))
    else:
        points = z if data is None else torch.cat([data.to(z), z])
        graph, offset = neighbour_graph(metric, points, neighbours), len(points) - len(z)
    rows = [torch.as_tensor(distances_from(graph, offset + i)[offset:]) for i in range(len(z))]
    found = torch.stack(rows).to(z)
    return torch.minimum(found, found.T)


def _excess(metric: Metric, source: Tensor, z: Tensor, distance: Tensor, checks: int) -> float:
    if checks == 0:
        return float("nan")
    far = (distance.flatten() > 0.05 * distance.max()).nonzero().squeeze(1)
    pick = far[torch.randperm(len(far), generator=torch.Generator().manual_seed(0))[:checks]]
    targets = z.view(-1, 2)[pick]
    truth = geodesic(metric, source.expand(len(targets), -1), targets).length
    return float((distance.flatten()[pick] / truth - 1).abs().quantile(0.95))
