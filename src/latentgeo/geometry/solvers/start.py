"""Where a solver starts from: nodes on straight lines or along shortest paths of a graph."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.metrics.bounds import Bounds, open_bounds
from latentgeo.geometry.metrics.caching import bounds_of, cache_of, walled
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import Walled
from latentgeo.geometry.solution import Problem
from latentgeo.geometry.solvers.graph_path import (
    GraphPath,
    even_points,
    fast_metric,
    graph_for,
    no_graph,
    paths_between,
)

__all__ = ["Start", "check_start", "start_from", "within"]


@dataclass(frozen=True)
class Start:
    """Attributes: nodes (pairs, nodes, latent), how they were found, and the metric computed from a cache, if any."""

    nodes: Tensor
    name: str
    fast: Metric | None

    @property
    def first(self) -> Tensor:
        """The nodes to begin with: a path on a graph knows more than a few nodes could keep."""
        return self.nodes[:, ::4] if self.name == "line" else self.nodes

    @property
    def searched(self) -> bool:
        """Whether a graph said at which image of z1 a curve should end."""
        return self.name in ("graph", "neighbours")


def check_start(start: str) -> None:
    """Raises: ValueError if there is no such start."""
    if start not in ("auto", "graph", "line"):
        raise ValueError(f"no start {start!r}; found: auto, graph, line")


def start_from(problem: Problem, start: str, graph: GraphPath, count: int) -> Start:
    """The first nodes for every pair.

    Args:
        problem: Where from and where to.
        start: "graph" for shortest paths, for which a cache is made in two latent dimensions if there is none; "line"
            for straight lines; "auto" for paths where there is a cache or data.
        graph: Its settings.
        count: Nodes of each pair.

    Raises:
        ValueError: A graph is wanted, and there are neither two latent dimensions nor data.
    """
    even = torch.linspace(0, 1, count, dtype=problem.z0.dtype, device=problem.z0.device)
    cache = problem.grid is not None or cache_of(problem.metric) is not None
    wanted = problem.start is None and (start == "graph" or (start == "auto" and (cache or problem.data is not None)))
    fast = fast_metric(problem, graph.cache_size) if wanted or cache else None
    if problem.start is not None:
        return Start(problem.start(even), "given", fast)
    made = graph_for(problem, fast, graph) if wanted else None
    if start == "graph" and made is None:
        raise no_graph(problem, "start='graph'")
    if made is None:
        return Start(Line(problem.z0, problem.z1)(even), "line", fast)
    full, paths = paths_between(made, fast or problem.metric, problem.z0, problem.z1)
    nodes = even_points(full, paths, problem.z0, problem.z1, count)
    return Start(nodes, "neighbours" if fast is None else "graph", fast)


def within(problem: Problem, fast: Metric | None) -> tuple[Metric, Bounds | None]:
    """The problem's metric, behind a wall where there are a cache or bounds; and the box within.

    Args:
        problem: Its metric, and its bounds.
        fast: The metric computed from a cache, if there is one.
    """
    if fast is not None and cache_of(fast) is not None:
        return walled(problem.metric, fast), bounds_of(fast)
    if problem.bounds is not None and problem.z0.shape[1] == 2:
        return Walled(problem.metric, problem.bounds), open_bounds(problem.bounds, problem.metric.periods)
    return problem.metric, None
