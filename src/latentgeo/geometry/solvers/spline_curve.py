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
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers.graph_path import GraphPath, even_points, fast_metric, graph_for, paths_between
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent, newton
from latentgeo.geometry.solvers.pacing import at_constant_velocity, density_weight, repace
from latentgeo.geometry.solvers.spline_energy import curvature_of_jet, curvature_of_tensor
from latentgeo.geometry.spline import Spline, fit, line_control, tabulate
from latentgeo.geometry.wall import Walled

__all__ = ["SplineCurve"]

# estimated relative excess length at which it is time to share out the time anew
_ROUGH = 1e-4
# what is aimed at, as a share of the tolerance, where a step is cheap: with Newton's method on a cache, without one
_NEWTON_SHARE, _LBFGS_SHARE = 1e-3, 0.1


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
        graph: The start's settings, and the size of the cache that is made where none is given.
    """

    intervals: int = 48
    nodes: int = 3
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 100
    polish: int = 15
    rounds: int = 1
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.start not in ("auto", "graph", "line"):
            raise ValueError(f"no start {self.start!r}; found: auto, graph, line")

    def solve(self, problem: Problem) -> Candidate:
        fast = fast_metric(problem, self.graph.cache_size)
        graph = None if self.start == "line" else graph_for(problem, fast, self.graph)
        if self.start == "graph" and graph is None:
            raise ValueError("start='graph' needs data=(points, latent) where the latent space has not two dimensions")
        at_once = self._pairs_at_once(problem.z0.shape[1])
        parts = [
            self._solve_part(problem.metric, fast, graph, z0, z1, problem.on_step)
            for z0, z1 in zip(problem.z0.split(at_once), problem.z1.split(at_once), strict=True)
        ]
        control = torch.cat([part.control for part in parts])
        converged = torch.cat([part.converged for part in parts])
        finite = torch.isfinite(control).flatten(1).all(1)
        line = line_control(problem.z0, problem.z1, self.intervals)
        curve = Spline(torch.where(finite[:, None, None], control, line))
        outcome = [
            Outcome.CONVERGED if good else Outcome.MAX_ITERATIONS if there else Outcome.DIVERGED
            for good, there in zip(converged.tolist(), finite.tolist(), strict=True)
        ]
        start = "line" if graph is None else "neighbours" if fast is None else "graph"
        how = "quasi-Newton" if fast is None else "Newton" if fast is problem.metric else "cached Newton"
        return Candidate(
            at_constant_velocity(fast or problem.metric, curve),
            outcome,
            torch.cat([part.residual for part in parts]),
            torch.cat([part.iterations for part in parts]),
            f"SplineCurve({start} start, {how})",
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
        on_step: OnStep | None,
    ) -> Descent:
        basis = tabulate(self.intervals, self.nodes, z0)
        cheap = metric if fast is None else fast
        control = line_control(z0, z1, self.intervals)
        if graph is not None:
            full, paths = paths_between(graph, cheap, z0, z1)
            control = fit(even_points(full, paths, z0, z1, 4 * self.intervals + 1), self.intervals)
        weight = density_weight(cheap, control, basis)
        if fast is None:
            found = lbfgs(
                metric,
                lambda X, W: curvature_of_tensor(metric, X, basis, W),
                control,
                basis,
                weight,
                _LBFGS_SHARE * self.tolerance,
                self.max_iterations,
                on_step=on_step,
            )
            return Descent(found.control, found.residual, found.iterations, found.residual <= self.tolerance)
        steps = torch.zeros(len(z0), dtype=torch.long, device=z0.device)
        rough = newton(fast, control, basis, weight, _ROUGH, self.max_iterations)
        for _ in range(self.rounds):
            control = repace(fast, rough.control)
            weight = density_weight(fast, control, basis)
            steps = steps + rough.iterations
            rough = newton(fast, control, basis, weight, _NEWTON_SHARE * self.tolerance, self.max_iterations)
        if fast is metric:
            return Descent(rough.control, rough.residual, steps + rough.iterations, rough.residual <= self.tolerance)
        # the wall of the cache stands before the true metric too: both have the same minimum
        grid = fast.cache
        walled = metric if grid is None else metric.substitute(grid.metric, Walled(grid.metric, grid.bounds))
        found = lbfgs(
            walled,
            lambda X, W: curvature_of_jet(fast, X, basis, W)[1],
            rough.control,
            basis,
            weight,
            self.tolerance,
            self.polish,
            on_step=on_step,
        )
        total = steps + rough.iterations + found.iterations
        return Descent(found.control, found.residual, total, found.converged)
