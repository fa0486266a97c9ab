"""What the default solver starts from: splines fitted to paths, of few knots where that will do."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import fit
from latentgeo.geometry.functionals import measure
from latentgeo.geometry.graph import Graph
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.graph_path import even_points, paths_between, polylines

__all__ = ["SplineStart", "along_paths", "coarsest", "fitted", "perturbed", "straight"]

_FEWEST = 8
# of the logarithm of a perturbed graph's lengths
_PERTURBATION = 0.2
# to which the edges between data are measured
_EDGES = 1e-3


@dataclass(frozen=True)
class SplineStart:
    """Curves to begin with.

    Attributes:
        points: At even times along the path from the graph, or along the straight line.
        ceiling: (pairs,), the length of that path, or infinite: a longer curve has too few knots to follow it.
        control: Of the curve.
    """

    points: Tensor
    ceiling: Tensor
    control: Tensor


def straight(points: Float[Tensor, "pairs samples latent"], intervals: int) -> SplineStart:
    """Curves along straight lines, or others that were given."""
    return SplineStart(points, points.new_full((len(points),), float("inf")), fitted(points, intervals))


def along_paths(
    graph: Graph,
    metric: Metric,
    fast: Metric | None,
    z0: Float[Tensor, "pairs latent"],
    z1: Float[Tensor, "pairs latent"],
    samples: int,
    intervals: int,
) -> SplineStart:
    """Curves along shortest paths of a graph.

    Args:
        graph: The graph.
        metric: Measures how the points join it, where there is no cache.
        fast: The metric computed from a cache, or None.
        z0: Start points.
        z1: End points.
        samples: Points along each path.
        intervals: Of the splines.
    """
    full, paths = paths_between(graph, metric if fast is None else fast, z0, z1)
    points = even_points(full, paths, z0, z1, samples)
    if fast is None:
        ceiling = (1 + _EDGES) * paths.length.to(points)
    else:
        # the graph's own sum is of coarsely measured edges, and the search prefers those measured too short
        ceiling = measure(fast, polylines(full, paths, z0, z1), thorough=False).length
    return SplineStart(points, ceiling, fitted(points, intervals))


def perturbed(graph: Graph, generator: torch.Generator) -> Graph:
    """The graph with other lengths: at random, alike for the edges of a node, so that paths prefer other valleys."""
    noise = torch.randn(len(graph.nodes), generator=generator, dtype=torch.float64).to(graph.lengths)
    factor = torch.exp(_PERTURBATION * (noise[graph.edges[:, 0]] + noise[graph.edges[:, 1]]))
    return replace(graph, lengths=graph.lengths * factor)


def coarsest(intervals: int) -> int:
    """Halved for as long as eight or more are left."""
    while intervals % 2 == 0 and intervals >= 2 * _FEWEST:
        intervals //= 2
    return intervals


def fitted(points: Tensor, intervals: int) -> Tensor:
    """Splines through points at even times, of which there are four an interval at the finest."""
    stride = (points.shape[1] - 1) // (4 * intervals)
    return fit(points[:, ::stride], intervals)
