"""Shortest paths on a graph, as a solver and as the start of the others.

A graph start leads every time to a good minimum where a straight start gets trapped on about one pair in five
(measured on MNIST). In two dimensions the graph is a grid of the cached metric; in any other it joins nearest
neighbours among data points.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.curves.curve import Line, Polyline
from latentgeo.geometry.functionals import measure
from latentgeo.geometry.graph import (
    Graph,
    ShortestPaths,
    attach,
    grid_graph,
    knn_graph,
    points_along,
    shortest_paths,
)
from latentgeo.geometry.metrics.caching import bounds_of, cache_of, cached
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome, Problem
from latentgeo.geometry.solvers.pacing import shared_time

__all__ = [
    "GraphPath",
    "even_points",
    "fast_metric",
    "graph_for",
    "is_smooth",
    "no_graph",
    "paths_between",
    "polylines",
]

# nodes along each axis of a grid for paths at most, and its stencil: where a metric is rough coarse paths go the wrong
# way round more often, and more so where it is a function of another one, as smoothed ones are
_FINE, _REACH = 176, 3
_FINER, _FARTHER = 256, 7
# estimated error of the cache below which a metric is smooth
_SMOOTH = 1e-3


@dataclass(frozen=True)
class GraphPath:
    """Dijkstra's algorithm on a metric grid (two latent dimensions) or on data neighbours (any).

    Attributes:
        size: Grid nodes along each axis; by default 176, and for starts of other solvers the cache's, 176 at
            most; 256 under a function of another metric that is rough, such as a smoothed one.
        reach: The grid's stencil, see `grid_graph`; by default 3, and 7 under such a function.
        neighbours: Of each data point.
        cache_size: Nodes along each axis of the metric's cache, where none is given; chosen by its error by default.

    Warning:
        Paths are made of the graph's edges: not smooth, and too long, by a per cent or so, by five where the metric's
        axes are far from the grid's.
    """

    size: int | None = None
    reach: int | None = None
    neighbours: int = 10
    cache_size: int | None = None

    def solve(self, problem: Problem) -> Candidate:
        """One polyline a pair; a pair that the graph does not connect keeps its straight line and has diverged."""
        problem.refuse_start("GraphPath")
        fast = fast_metric(problem, self.cache_size)
        of_its_own = replace(self, size=self.size or _FINE, reach=self.reach or _REACH)
        graph = graph_for(problem, fast, of_its_own)
        if graph is None:
            raise no_graph(problem, "GraphPath")
        full, paths = paths_between(graph, fast or problem.metric, problem.z0, problem.z1)
        curve = polylines(full, paths, problem.z0, problem.z1)
        outcome = [Outcome.CONVERGED if len(nodes) else Outcome.DIVERGED for nodes in paths.nodes]
        iterations = torch.zeros(len(paths.nodes), dtype=torch.long, device=problem.z0.device)
        residual = problem.z0.new_full((len(paths.nodes),), float("nan"))
        kind = f"grid, reach {of_its_own.reach}" if fast is not None else f"{self.neighbours} neighbours"
        return Candidate(curve, outcome, residual, iterations, f"GraphPath({kind})", bounds_of(fast))


def fast_metric(problem: Problem, size: int | None, most: int = 257) -> Metric | None:
    """The problem's metric computed from a cache in two latent dimensions, where that is worth it; None in others."""
    if problem.z0.shape[1] != 2 or not problem.cache:
        return None
    points = [problem.z0, problem.z1] + ([] if problem.data is None else [problem.data.to(problem.z0)])
    return cached(problem.metric, torch.cat(points), problem.grid, problem.bounds, size, most)


def no_graph(problem: Problem, who: str) -> Exception:
    """Why there is none, as an error to raise."""
    if problem.z0.shape[1] == 2:
        return NotFiniteError(
            f"{who} needs a cache, and the metric is not finite all over the box around the end points; choose bounds "
            "that lie in its domain, with some space to spare"
        )
    return ValueError(f"{who} needs data=(points, latent) where the latent space has not two dimensions")


def is_smooth(fast: Metric | None) -> bool:
    """Whether little will do to begin with: under a rough metric few knots, or coarse paths, end in another valley."""
    cache = None if fast is None else cache_of(fast)
    return cache is not None and cache.interpolation_error < _SMOOTH


def graph_for(problem: Problem, fast: Metric | None, settings: GraphPath) -> Graph | None:
    """A grid graph where there is a cache, a neighbour graph where there is data, else None."""
    cache = None if fast is None else cache_of(fast)
    if fast is not None and cache is not None:
        rough = fast.base is not None and not is_smooth(fast)
        size, reach = (_FINER, _FARTHER) if rough else (min(_FINE, max(cache.size)), _REACH)
        return grid_graph(fast, cache.bounds, settings.size or size, settings.reach or reach)
    if problem.data is None:
        return None
    return knn_graph(problem.metric, problem.data.to(problem.z0), settings.neighbours)


@torch.no_grad()
def paths_between(
    graph: Graph, metric: Metric, z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"]
) -> tuple[Graph, ShortestPaths]:
    """Shortest paths between latent points, which join the graph; no path longer than the straight line is sought."""
    ends, number = torch.unique(torch.cat([z0, z1]), dim=0, return_inverse=True)
    full = attach(graph, metric, ends)
    pairs = number.view(2, -1).T + len(graph.nodes)
    # the slack lets a path through that is too long by the graph's own error only
    limit = 1.1 * measure(metric, Line(z0, z1), pieces=16, thorough=False).length
    return full, shortest_paths(full, pairs, limit)


def polylines(
    graph: Graph, paths: ShortestPaths, z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"]
) -> Polyline:
    """The paths as curves, each to its image of z1; the straight line where there is no path."""
    corners = [
        points_along(graph, nodes) if len(nodes) else torch.stack([start, end])
        for nodes, start, end in zip(paths.nodes, z0, z1, strict=True)
    ]
    longest = max(len(points) for points in corners)
    return Polyline(torch.stack([torch.cat([c, c[-1:].expand(longest - len(c), -1)]) for c in corners]))


@torch.no_grad()
def even_points(
    graph: Graph,
    paths: ShortestPaths,
    z0: Float[Tensor, "pairs latent"],
    z1: Float[Tensor, "pairs latent"],
    count: int,
) -> Float[Tensor, "pairs count latent"]:
    """Points at even times along each path, to its image of z1; the straight line where there is no path.

    Time is shared out as `pacing.shared_time` has it, so that a path does not jump where the metric is flat.
    """
    t = torch.linspace(0, 1, count, dtype=z0.dtype, device=z0.device)
    points = Line(z0, z1)(t).clone()
    for pair, (nodes, reached) in enumerate(zip(paths.nodes, paths.reached, strict=True)):
        if len(nodes) < 2:
            continue
        z = points_along(graph, nodes)
        latent = torch.cat([z.new_zeros(1), z.diff(dim=0).norm(dim=1).cumsum(0)])
        time = shared_time(reached, latent)
        right = torch.searchsorted(time.contiguous(), t).clamp(1, len(z) - 1)
        gap = (time[right] - time[right - 1]).clamp(min=torch.finfo(z.dtype).tiny)
        share = ((t - time[right - 1]) / gap).clamp(0, 1).unsqueeze(1)
        points[pair] = z[right - 1] + share * (z[right] - z[right - 1])
        points[pair, 0], points[pair, -1] = z[0], z[-1]
    return points
