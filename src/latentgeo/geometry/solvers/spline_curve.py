"""The default solver: a smooth curve from a graph start, refined by Newton's method and checked on the true metric.

In two latent dimensions the metric is cached on a grid. A shortest path on the grid, fitted by a cubic B-spline, is
refined by Newton's method on the cache; then by a few quasi-Newton steps under the true metric, whose model of the
curvature is the cache's. In any other dimension the start is a path over data neighbours (the straight line without
data) and the curvature is modelled by the metric tensor along the curve.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.cache import bounds_of
from latentgeo.geometry.functionals import measure
from latentgeo.geometry.graph import Graph
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers.graph_path import (
    GraphPath,
    even_points,
    fast_metric,
    graph_for,
    paths_between,
    polylines,
)
from latentgeo.geometry.solvers.newton import Descent
from latentgeo.geometry.solvers.pacing import at_constant_velocity
from latentgeo.geometry.solvers.refinement import Limits, join, merge, on_cache, polished, without_cache
from latentgeo.geometry.spline import Spline, fit, line_control

__all__ = ["SplineCurve"]


@dataclass(frozen=True)
class SplineCurve:
    """Cubic B-spline curves of least energy.

    Attributes:
        intervals: Knot intervals of each curve.
        nodes: Gauss-Legendre nodes on each interval that the energy is summed over.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there can be one.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Newton steps on the cache; steps under the true metric where there is no cache.
        rounds: How often a curve's time is shared out anew, and the curve refined again, on the cache.
        polish: Steps under the true metric after those on the cache.
        doublings: How often the intervals of a curve are doubled that is longer than its start on the graph.
        graph: The start's settings, and the size of the cache that is made where none is given.
    """

    intervals: int = 48
    nodes: int = 3
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 100
    polish: int = 15
    rounds: int = 1
    doublings: int = 2
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.start not in ("auto", "graph", "line"):
            raise ValueError(f"no start {self.start!r}; found: auto, graph, line")

    def solve(self, problem: Problem) -> Candidate:
        fast = fast_metric(problem, self.graph.cache_size)
        graph = None if self.start == "line" else graph_for(problem, fast, self.graph)
        if self.start == "graph" and graph is None:
            raise ValueError("start='graph' needs data=(points, latent) where the latent space has not two dimensions")
        parts = [
            self._solve_part(problem.metric, fast, graph, z0, z1, self.intervals, problem.on_step)
            for z0, z1 in zip(
                *(z.split(self._pairs_at_once(problem.z0.shape[1])) for z in (problem.z0, problem.z1)), strict=True
            )
        ]
        found = join(parts)
        finite = torch.isfinite(found.control).flatten(1).all(1)
        line = line_control(problem.z0, problem.z1, found.control.shape[1] - 3)
        curve = Spline(torch.where(finite[:, None, None], found.control, line))
        outcome = [
            Outcome.CONVERGED if good else Outcome.MAX_ITERATIONS if there else Outcome.DIVERGED
            for good, there in zip(found.converged.tolist(), finite.tolist(), strict=True)
        ]
        start = "line" if graph is None else "neighbours" if fast is None else "graph"
        how = "quasi-Newton" if fast is None else "Newton" if fast is problem.metric else "cached Newton"
        return Candidate(
            at_constant_velocity(fast or problem.metric, curve),
            outcome,
            found.residual,
            found.iterations,
            f"SplineCurve({start} start, {how})",
            bounds_of(fast),
        )

    def _pairs_at_once(self, latent: int) -> int:
        """As many as keep the Hessians below some 200 MB."""
        free = (self.intervals + 1) * latent
        return max(1, min(256, 25_000_000 // free**2))

    def _solve_part(
        self,
        metric: Metric,
        fast: Metric | None,
        graph: Graph | None,
        z0: Tensor,
        z1: Tensor,
        intervals: int,
        on_step: OnStep | None,
    ) -> Descent:
        limits = Limits(self.nodes, self.tolerance, self.max_iterations, self.polish, self.rounds)
        cheap = metric if fast is None else fast
        control, ceiling = line_control(z0, z1, intervals), z0.new_full((len(z0),), float("inf"))
        if graph is not None:
            full, paths = paths_between(graph, cheap, z0, z1)
            control = fit(even_points(full, paths, z0, z1, 4 * intervals + 1), intervals)
            if fast is not None:
                # the graph's own sum is of coarsely measured edges, and the search prefers those measured too short
                ceiling = measure(fast, polylines(full, paths, z0, z1)).length
        if fast is None:
            return without_cache(metric, control, limits, on_step)
        found, length = on_cache(fast, control, limits)
        # a curve longer than the path it came from has too few knots to follow it
        lost = length > ceiling
        if intervals >= self.intervals * 2**self.doublings:
            lost = torch.zeros_like(lost)
        kept, again = (~lost).nonzero().squeeze(1), lost.nonzero().squeeze(1)
        if fast is not metric and len(kept):
            some = Descent(*(a[kept] for a in (found.control, found.residual, found.iterations, found.converged)))
            found = merge(found, polished(metric, fast, some, limits, on_step), kept)
        if len(again):
            finer = self._solve_part(metric, fast, graph, z0[again], z1[again], 2 * intervals, on_step)
            finer = replace(finer, iterations=finer.iterations + found.iterations[again])
            found = merge(found, finer, again)
        return found
