"""The default solver: a smooth curve from a graph start, refined by Newton's method and checked on the true metric.

In two latent dimensions the metric is cached on a grid. A shortest path on the grid, fitted by a cubic B-spline, is
refined by Newton's method on the cache; then by a few quasi-Newton steps under the true metric, whose model of the
curvature is the cache's. In any other dimension the start is a path over data neighbours (the straight line without
data) and the curvature is modelled by the metric tensor along the curve.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentgeo.geometry.graph import Graph
from latentgeo.geometry.grid import GridMetric
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers.graph_path import GraphPath, cache_for, even_points, graph_for, paths_between
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent, newton
from latentgeo.geometry.solvers.spline_energy import Curvature, curvature_of_cache, curvature_of_tensor
from latentgeo.geometry.spline import Spline, fit, line_control, tabulate

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
        max_iterations: Steps under the true metric, and Hessians on the cache.
        graph: The start's settings, and the size of the cache that is made where none is given.
        pairs_at_once: Bounds the memory.
    """

    intervals: int = 48
    nodes: int = 3
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 60
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen
    pairs_at_once: int = 256

    def __post_init__(self) -> None:
        if self.start not in ("auto", "graph", "line"):
            raise ValueError(f"no start {self.start!r}; found: auto, graph, line")

    def solve(self, problem: Problem) -> Candidate:
        cache = cache_for(problem, self.graph.cache_size)
        graph = None if self.start == "line" else graph_for(problem, cache, self.graph)
        if self.start == "graph" and graph is None:
            raise ValueError("start='graph' needs data=(points, latent) where the latent space has not two dimensions")
        count = len(problem.z0)
        parts = [
            self._solve_part(problem.metric, cache, graph, part_z0, part_z1, problem.on_step)
            for part_z0, part_z1 in zip(
                problem.z0.split(self.pairs_at_once), problem.z1.split(self.pairs_at_once), strict=True
            )
        ]
        control = torch.cat([part.control for part in parts])
        finite = torch.isfinite(control).flatten(1).all(1)
        if not bool(finite.all()):
            control = torch.where(finite[:, None, None], control, line_control(problem.z0, problem.z1, self.intervals))
        converged = torch.cat([part.converged for part in parts])
        outcome = [
            Outcome.CONVERGED if converged[i] else Outcome.MAX_ITERATIONS if finite[i] else Outcome.DIVERGED
            for i in range(count)
        ]
        start = "line" if graph is None else "graph" if cache is not None else "neighbours"
        how = "quasi-Newton" if cache is None else "Newton" if cache is problem.metric else "cached Newton"
        return Candidate(
            Spline(control),
            outcome,
            torch.cat([part.residual for part in parts]),
            torch.cat([part.iterations for part in parts]),
            f"SplineCurve({start} start, {how})",
        )

    def _solve_part(
        self,
        metric: Metric,
        cache: GridMetric | None,
        graph: Graph | None,
        z0: Tensor,
        z1: Tensor,
        on_step: OnStep | None,
    ) -> Descent:
        basis = tabulate(self.intervals, self.nodes, z0)
        control = line_control(z0, z1, self.intervals)
        if graph is not None:
            full, paths = paths_between(graph, metric if cache is None else cache, z0, z1)
            control = fit(even_points(full, paths, z0, z1, 4 * self.intervals + 1), self.intervals)
        before = torch.zeros(len(z0), dtype=torch.long, device=z0.device)
        if cache is not None:
            rough = newton(cache, control, basis, min(1e-9, self.tolerance), self.max_iterations)
            if cache is metric:
                return rough
            control, before = rough.control, rough.iterations

        def model(X: Tensor) -> Curvature:
            return curvature_of_tensor(metric, X, basis) if cache is None else curvature_of_cache(cache, X, basis)[1]

        found = lbfgs(metric, model, control, basis, self.tolerance, self.max_iterations, on_step=on_step)
        return Descent(found.control, found.residual, before + found.iterations, found.converged)
