"""Shortest paths on graphs over latent space: a start for the solvers that cannot be trapped by a bad first guess.

Two graphs: a regular grid of a 2-D cached metric, each node joined to those that a stencil reaches, and the k nearest
neighbours among data points in any dimension. Edges are straight and measured by Boole's rule or, where they are no
grid's, by Simpson's in as many parts as it takes.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_pairs, check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced
from latentgeo.geometry.periods import Periods, nearest_image, neighbour_tree, neighbours_of, unrolled, wrap
from latentgeo.progress import shows_progress, tell

__all__ = [
    "NEAREST_COMPARABLE",
    "Graph",
    "ShortestPaths",
    "adjacency",
    "attach",
    "edge_lengths",
    "grid_graph",
    "knn_graph",
    "points_along",
    "shortest_paths",
]


# points that are nearer than this share of the extent of all are copies
_COPY = 1e-8
NEAREST_COMPARABLE = 8.0
"""Scales that differ by less are left as they are: which points are nearest depends more on them than a curve does."""
# weights, times 90, at even points of an edge
_BOOLE = (7, 32, 12, 32, 7)


@dataclass(frozen=True, repr=False)
class Graph(Described):
    """Undirected; every edge is stored once. It leads to its second node's image that is nearest to the first.

    Attributes:
        nodes: Latent points, (nodes, latent).
        edges: Pairs of node numbers, (edges, 2).
        lengths: Riemannian lengths of the straight edges, (edges,).
        periods: Of the latent coordinates, if any has one.
        distinct: Numbers of nodes, of which none is a copy of another; None for all.
        passable: How many nodes, the first ones, paths lead through: later ones only begin or end them; None for all.
    """

    nodes: Tensor
    edges: Tensor
    lengths: Tensor
    periods: Periods | None = None
    distinct: Tensor | None = None
    passable: int | None = None


@dataclass(frozen=True, repr=False)
class ShortestPaths(Described):
    """Paths found for pairs of nodes.

    Attributes:
        length: Riemannian length of each path, (pairs,); infinite where there is none.
        nodes: Node numbers along each path, both ends included; empty where there is none.
        reached: Length of the path up to each of its nodes.
    """

    length: Tensor
    nodes: list[Tensor]
    reached: list[Tensor]


@torch.no_grad()
def grid_graph(metric: Metric, bounds: Bounds, size: int | tuple[int, int], reach: int = 3) -> Graph:
    """A regular grid over a box of a 2-D latent space, joined across the seams of periodic coordinates.

    Args:
        metric: Evaluated at every node and three times on the way to the next.
        bounds: The box; one period apart along a periodic coordinate.
        size: Nodes along each axis; along a periodic one, where the last node would be the first, one fewer, but
            enough for a node's neighbours to be different ones.
        reach: The stencil joins nodes up to so many rows and columns apart: 1 gives 8 neighbours, 2 gives 16, 3 gives
            32, 4 gives 48. In the plane a path then is too long by at most 8, 2.7, 1.4 and 0.8 %.
    """
    parts = len(_BOOLE) - 1
    around = [period is not None for period in metric.periods or (None, None)]
    shape = [
        max(n, 2 * reach + 2) if turns else n
        for n, turns in zip((size, size) if isinstance(size, int) else size, around, strict=True)
    ]
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    many = [parts * (n - 1) + 1 for n in shape]
    # the points that divide an edge evenly are nodes of a finer lattice
    lattice = Lattice(low, ((high - low) / (torch.tensor(many) - 1)).diag(), (many[0], many[1]))
    z, G = lattice.nodes().view(*many, 2), metric.on_lattice(lattice).view(*many, 3)
    count = [n - 1 if turns else n for n, turns in zip(shape, around, strict=True)]
    nodes = z[::parts, ::parts][: count[0], : count[1]].reshape(-1, 2)
    number = torch.arange(len(nodes)).view(count)
    for axis, turns in enumerate(around):
        if turns:
            # edges across the seam lead to nodes that are there a second time
            number = number.index_select(axis, torch.arange(count[axis] + reach) % count[axis])
            fine = torch.arange(parts * (count[axis] + reach - 1) + 1) % (parts * count[axis])
            G = G.index_select(axis, fine)
    step = parts * lattice.steps.diagonal()
    edges, lengths = [], []
    for offset in _stencil(reach):
        d = step * torch.tensor(offset, dtype=torch.float64)
        first = [max(0, -o) for o in offset]
        many = [n if turns else n - abs(o) for n, turns, o in zip(count, around, offset, strict=True)]
        total = torch.zeros((), dtype=torch.float64)
        for k, weight in enumerate(_BOOLE):
            x, y = (
                slice(parts * low + k * o, parts * (low + n - 1) + k * o + 1, parts)
                for low, o, n in zip(first, offset, many, strict=True)
            )
            g = G[x, y]
            rate = safe_sqrt(g[..., 0] * d[0] ** 2 + 2 * g[..., 1] * d[0] * d[1] + g[..., 2] * d[1] ** 2)
            total = total + weight / 90 * rate
        lengths.append(total.flatten())
        ends = [
            number[tuple(slice(low + o, low + o + n) for low, o, n in zip(first, shift, many, strict=True))]
            for shift in ((0, 0), offset)
        ]
        edges.append(torch.stack(ends, -1).view(-1, 2))
    return Graph(nodes, torch.cat(edges), torch.cat(lengths), metric.periods)


@shows_progress("graph")
@takes_arrays
@torch.no_grad()
def knn_graph(
    metric: Metric, points: Float[Tensor, "points latent"], neighbours: int = 10, *, progress: bool = True
) -> Graph:
    """Each point joined to its nearest neighbours in latent space by straight edges; any latent dimension.

    Neighbours are the nearest in latent units in which the metric is balanced (see `balance`); along a periodic
    coordinate they are found, and joined, across the seam. Copies of a point, up to rounding, count once: all but the
    first are joined to that one only. Distances along such a graph are the geodesic distances of Isomap (Tenenbaum et
    al. 2000), but with edges that the metric measures: `shortest_paths` finds them.

    Args:
        metric: Measures the edges, each as finely as it needs.
        points: The nodes, e.g. encodings.
        neighbours: Of each point; an edge is there if one of its ends is among the other's neighbours.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        Every edge once, lengths in observation units. It need not be connected.

    Raises:
        ValueError: Not at least one point, or less than one neighbour.
    """
    if points.ndim != 2 or not len(points):
        raise ValueError(f"points must be (points, latent), at least one; got {tuple(points.shape)}")
    check_points("points", points)
    check_finite("points", points, "point")
    if neighbours < 1:
        raise ValueError(f"neighbours must be at least 1; got {neighbours}")
    points = points.detach()
    periods = metric.periods
    units = balanced(metric, points, comparable=NEAREST_COMPARABLE)
    z = wrap(points, periods) if units is None else units.new(points)
    distinct, number = _distinct(z.cpu().numpy(), max(_COPY, 10 * torch.finfo(points.dtype).eps), periods)
    once = z[torch.as_tensor(distinct)]
    index = neighbours_of(once, once, min(neighbours + 1, len(distinct)), periods).view(len(distinct), -1).numpy()
    near = np.stack([np.repeat(distinct, index.shape[1]), distinct[index.reshape(-1)]], 1)
    copies = np.stack([distinct[number], np.arange(len(z))], 1)
    pairs = np.sort(np.concatenate([near, copies]), axis=1)
    edges = torch.as_tensor(np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0))
    first, second = (points[edges[:, k]] for k in range(2))
    lengths = edge_lengths(metric, first, nearest_image(first, second, periods))
    return Graph(points, edges, lengths, periods, torch.as_tensor(distinct) if len(distinct) < len(z) else None)


@torch.no_grad()
def attach(graph: Graph, metric: Metric, points: Float[Tensor, "points latent"], neighbours: int = 16) -> Graph:
    """The graph with further points, each joined to its nearest nodes; they are numbered last, in their order.

    Copies of a node count once. No path leads through these points: what else is asked for changes none.
    """
    old = len(graph.nodes)
    nodes = torch.arange(old) if graph.distinct is None else graph.distinct
    count = min(neighbours, len(nodes))
    near = nodes[neighbours_of(graph.nodes[nodes], points, count, graph.periods).view(-1)]
    own = torch.arange(len(points)).repeat_interleave(count)
    lengths = edge_lengths(metric, points[own], nearest_image(points[own], graph.nodes[near], graph.periods))
    return replace(
        graph,
        nodes=torch.cat([graph.nodes, points]),
        edges=torch.cat([graph.edges, torch.stack([old + own, near], 1)]),
        lengths=torch.cat([graph.lengths, lengths]),
        distinct=None if graph.distinct is None else torch.cat([nodes, old + torch.arange(len(points))]),
        passable=old if graph.passable is None else graph.passable,
    )


@torch.no_grad()
def edge_lengths(
    metric: Metric, start: Float[Tensor, "edges latent"], end: Float[Tensor, "edges latent"], tolerance: float = 1e-3
) -> Float[Tensor, "edges"]:
    """Lengths of straight edges by Simpson's rule, in more and more parts where these change the result.

    Args:
        metric: The metric.
        start: One end of each edge.
        end: The other.
        tolerance: An edge is done when doubling its parts changes its length by less than this share.
    """
    tell(f"lengths of {len(start):,} edges")
    found = _simpson(metric, start, end, 1)
    left = torch.arange(len(found), device=found.device)
    for parts in (2, 4, 8, 16, 32):
        finer = _simpson(metric, start[left], end[left], parts)
        moving = (finer - found[left]).abs() > tolerance * finer
        found[left] = finer
        left = left[moving]
        if not len(left):
            break
    return found


def _simpson(metric: Metric, start: Tensor, end: Tensor, parts: int) -> Tensor:
    step = end - start
    total = step.new_zeros(len(step))
    for k in range(2 * parts + 1):
        weight = (1 if k in (0, 2 * parts) else 4 if k % 2 else 2) / (6 * parts)
        points = start + k / (2 * parts) * step
        squared = in_parts(metric.squared_speed, metric.points_at_once, points, step)
        total = total + weight * safe_sqrt(squared)
    return total


@takes_arrays
def shortest_paths(
    graph: Graph, pairs: Tensor, limit: Float[Tensor, "pairs"] | None = None, paths: bool = True
) -> ShortestPaths:
    """Shortest paths between pairs of nodes, by Dijkstra's algorithm from every distinct source.

    Args:
        graph: The graph.
        pairs: Node numbers, (pairs, 2).
        limit: Lengths beyond which a path is of no interest, one a pair: saves time.
        paths: Whether to trace the nodes of each path.

    Raises:
        ValueError: Pairs that are no rows of node numbers, or limits that are negative or not one a pair.
    """
    check_pairs(pairs, len(graph.nodes), "nodes")
    if limit is not None and (limit.shape != pairs.shape[:1] or bool((limit < 0).any())):
        raise ValueError(
            f"limit must be {len(pairs)} lengths, one a pair, none negative; got {str(limit.tolist())[:200]}"
        )
    matrix = adjacency(graph)
    weights, row = matrix.data.copy(), matrix.indptr
    if graph.passable is not None:
        matrix.data[row[graph.passable] :] = np.inf
    # the side with fewer distinct nodes is searched from; paths have no direction
    swap = len(pairs[:, 1].unique()) < len(pairs[:, 0].unique())
    source, target = (pairs[:, 1], pairs[:, 0]) if swap else (pairs[:, 0], pairs[:, 1])
    length = graph.lengths.new_full((len(pairs),), float("inf"))
    nodes: list[Tensor] = [torch.empty(0, dtype=torch.long)] * len(pairs)
    reached: list[Tensor] = [graph.lengths.new_empty(0)] * len(pairs)
    for node in source.unique().tolist():
        mine = (source == node).nonzero().squeeze(1)
        # NaN is the straight line's length where that leads through a hole: any path is of interest
        far = float("inf") if limit is None else float(limit[mine].nan_to_num(float("inf"), posinf=float("inf")).max())
        own = slice(row[node], row[node + 1])
        closed, matrix.data[own] = matrix.data[own].copy(), weights[own]
        distance, previous = dijkstra(matrix, indices=node, limit=far, return_predecessors=True)
        matrix.data[own] = closed
        for pair in mine.tolist():
            end = int(target[pair])
            length[pair] = float(distance[end])
            if paths and np.isfinite(distance[end]):
                trace = [end]
                while trace[-1] != node:
                    trace.append(int(previous[trace[-1]]))
                along = torch.tensor(trace)
                there = torch.as_tensor(distance[trace]).to(length)
                nodes[pair], reached[pair] = (along, there[0] - there) if swap else (along.flip(0), there.flip(0))
    return ShortestPaths(length, nodes, reached)


def points_along(graph: Graph, nodes: Tensor) -> Float[Tensor, "along latent"]:
    """The points of a path, by its node numbers; from the first on, as edges lead, past any seam."""
    return unrolled(graph.nodes[nodes], graph.periods)


def adjacency(graph: Graph) -> csr_array:
    """Edge lengths as scipy's symmetric sparse matrix (nodes, nodes)."""
    # scipy searches 32-bit indices, and would convert others every time
    i, j = graph.edges.int().cpu().numpy().T
    # an edge of length zero would be no edge to scipy
    w = graph.lengths.double().clamp(min=1e-300).cpu().numpy()
    count = len(graph.nodes)
    return csr_array((np.concatenate([w, w]), (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(count, count))


def _stencil(reach: int) -> list[tuple[int, int]]:
    """Offsets with no common factor, one of each opposite pair."""
    offsets = [(a, b) for a in range(reach + 1) for b in range(-reach, reach + 1) if np.gcd(a, b) == 1]
    return [(a, b) for a, b in offsets if a > 0 or b > 0]


def _distinct(points: np.ndarray, share: float, periods: Periods | None) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the points without copies, the first of each, increasing; and which of these each point is."""
    near = share * float(np.ptp(points, axis=0).max())
    if near == 0:
        return np.zeros(1, dtype=int), np.zeros(len(points), dtype=int)
    # most copies lie in one cell, so that few are left to be compared
    cell = np.round((points - points.min(0)) / near)
    first, number = np.unique(cell, axis=0, return_index=True, return_inverse=True)[1:]
    # just before a seam and just behind it lie copies too
    close = neighbour_tree(torch.as_tensor(points[first]), periods).query_pairs(2 * near, output_type="ndarray")
    joined = csr_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(first), len(first)))
    label = connected_components(joined, directed=False)[1][number.reshape(-1)]
    distinct, label = np.unique(label, return_index=True, return_inverse=True)[1:]
    order = np.argsort(distinct)
    return distinct[order], np.argsort(order)[label]
