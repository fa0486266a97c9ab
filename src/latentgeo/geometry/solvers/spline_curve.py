"""The default solver: a smooth curve from a graph start, refined by Newton's method and checked on the true metric.

In two latent dimensions the metric is cached on a grid. A shortest path on the grid, fitted by a cubic B-spline, is
refined by Newton's method on the cache; then by a few quasi-Newton steps under the true metric, whose model of the
curvature is the cache's. In any other dimension the start is a path over data neighbours (the straight line without
data) and the curvature is modelled by the metric tensor along the curve.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Polyline
from latentgeo.geometry.curves.spline import Spline, fit, line_control
from latentgeo.geometry.functionals import measure
from latentgeo.geometry.graph import Graph
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.metrics.caching import bounds_of, cache_of
from latentgeo.geometry.metrics.metric import Metric
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
from latentgeo.geometry.solvers.preconditioner import MOST_DENSE
from latentgeo.geometry.solvers.refinement import (
    Limits,
    between_knots,
    join,
    merge,
    on_cache,
    polished,
    select,
    without_cache,
)

__all__ = ["SplineCurve"]

_FEWEST = 8
# estimated error of the cache below which a metric is smooth
_SMOOTH = 1e-3
# of the logarithm of a perturbed graph's lengths
_PERTURBATION = 0.2
# nodes along each axis of a cache that is good everywhere; what is sharpened along curves only, and up to which size
_LARGEST_START, _GOOD, _SHARPEST = 129, 0.01, 513


@dataclass(frozen=True)
class SplineCurve:
    """Cubic B-spline curves of least energy.

    Attributes:
        intervals: Knot intervals of each curve; with a cache it begins with fewer, and ends with more where it needs
            them to follow its start.
        nodes: Gauss-Legendre nodes on each interval that the energy is summed over.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there can be one.
        starts: How many paths to start from, of which the best is kept; those after the first are shortest ones on a
            graph whose lengths are perturbed. By default two where the metric is rough, else one.
        seed: Of the perturbations.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Newton steps on the cache; steps under the true metric where there is no cache.
        rounds: How often a curve's time, where it has become badly shared out, is shared out anew and the curve
            refined again, on the cache.
        polish: Steps under the true metric after those on the cache.
        doublings: How often the intervals of a curve are doubled that is longer than its start on the graph.
        graph: The start's settings, and the size of the cache that is made where none is given.
    """

    intervals: int = 48
    nodes: int = 3
    start: str = "auto"
    starts: int | None = None
    seed: int = 0
    tolerance: float = 1e-6
    max_iterations: int = 100
    polish: int = 15
    rounds: int = 1
    doublings: int = 2
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.start not in ("auto", "graph", "line"):
            raise ValueError(f"no start {self.start!r}; found: auto, graph, line")
        if self.starts is not None and self.starts < 1:
            raise ValueError(f"starts must be 1 or more; got {self.starts}")

    def solve(self, problem: Problem) -> Candidate:
        fast = fast_metric(problem, self.graph.cache_size, most=_LARGEST_START)
        graph = None if problem.start or self.start == "line" else graph_for(problem, fast, self.graph)
        if self.start == "graph" and graph is None and problem.start is None:
            raise ValueError("start='graph' needs data=(points, latent) where the latent space has not two dimensions")
        at_once = self._pairs_at_once(problem.z0.shape[1])
        lines = problem.start or Line(problem.z0, problem.z1)
        parts = torch.arange(len(problem.z0), device=problem.z0.device).split(at_once)
        starts = [
            self._start(problem.metric, fast, graph, lines.select(part), problem.z0[part], problem.z1[part])
            for part in parts
        ]
        own_cache = problem.grid is None and cache_of(problem.metric) is None and self.graph.cache_size is None
        if fast is not None and own_cache:
            fast, starts = self._sharpened(fast, starts)
        found = join([self._solve_part(problem.metric, fast, start, problem.on_step) for start in starts])
        finite = torch.isfinite(found.control).flatten(1).all(1)
        line = line_control(problem.z0, problem.z1, found.control.shape[1] - 3)
        curve = Spline(torch.where(finite[:, None, None], found.control, line))
        outcome = [
            Outcome.CONVERGED if good else Outcome.MAX_ITERATIONS if there else Outcome.DIVERGED
            for good, there in zip(found.converged.tolist(), finite.tolist(), strict=True)
        ]
        start = "given" if problem.start else "line" if graph is None else "neighbours" if fast is None else "graph"
        how = "quasi-Newton" if fast is None else "Newton" if fast is problem.metric else "cached Newton"
        return Candidate(
            at_constant_velocity(fast or problem.metric, curve),
            outcome,
            found.residual,
            found.iterations,
            f"SplineCurve({start} start, {how})",
            bounds_of(fast),
            graph is not None,
        )

    def _pairs_at_once(self, latent: int) -> int:
        """As many as keep the Hessians, or their factors, below some 200 MB."""
        steps = self.intervals + 1
        numbers = (steps * latent) ** 2 if latent <= MOST_DENSE else 14 * steps * latent**2
        return max(1, min(256, 25_000_000 // numbers))

    def _start(
        self, metric: Metric, fast: Metric | None, graph: Graph | None, lines: Curve, z0: Tensor, z1: Tensor
    ) -> "_Start":
        """The best of all starts, by the length after refinement on the cache; the given lines without a graph."""
        if graph is None:
            t = torch.linspace(0, 1, self._samples, dtype=z0.dtype, device=z0.device)
            points = lines.same_path(t)
            return _Start(points, None, _fitted(points, self._first(fast)))
        best = self._one_start(metric, fast, graph, z0, z1)
        rough = fast is not None and not _is_smooth(fast)
        starts = (2 if rough else 1) if self.starts is None else self.starts
        if starts == 1:
            return best
        best, length = self._tried(metric, fast, best)
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(starts - 1):
            other, reached = self._tried(
                metric, fast, self._one_start(metric, fast, _perturbed(graph, generator), z0, z1)
            )
            best = best.exchanged(other, reached < length)
            length = torch.minimum(length, reached)
        return best

    def _one_start(self, metric: Metric, fast: Metric | None, graph: Graph, z0: Tensor, z1: Tensor) -> "_Start":
        full, paths = paths_between(graph, metric if fast is None else fast, z0, z1)
        points = even_points(full, paths, z0, z1, self._samples)
        return _Start(points, polylines(full, paths, z0, z1), _fitted(points, self._first(fast)))

    @property
    def _samples(self) -> int:
        """Points of a start: four for each of the intervals at their finest."""
        return 4 * self.intervals * 2**self.doublings + 1

    def _first(self, fast: Metric | None) -> int:
        """Intervals to begin with."""
        return _coarsest(self.intervals) if _is_smooth(fast) else self.intervals

    def _tried(self, metric: Metric, fast: Metric | None, start: "_Start") -> "tuple[_Start, Tensor]":
        if fast is None:
            return start, measure(metric, Spline(start.control), thorough=False).length
        paced = on_cache(fast, start.control, self._limits)
        return replace(start, control=paced.descent.control), paced.length

    def _sharpened(self, fast: Metric, starts: "list[_Start]") -> "tuple[Metric, list[_Start]]":
        """The metric from a cache that is good along the curves, and the curves refined on it.

        A cache that is good everywhere costs far more evaluations than the curves need.
        """
        cache = cache_of(fast)
        while cache is not None and cache.interpolation_error > _GOOD and max(cache.size) < _SHARPEST:
            # the second time because a better metric moves the curves
            for factor in (2, 1):
                along = Spline(torch.cat([start.control for start in starts]))
                t = torch.linspace(0, 1, 8 * self.intervals + 1, dtype=along.control.dtype)
                better = cache.sharpened(along(t).flatten(0, 1), factor)
                fast, cache = substitute(fast, cache, better), better
                starts = [
                    replace(start, control=on_cache(fast, start.control, self._limits).descent.control)
                    for start in starts
                ]
        return fast, starts

    def _solve_part(self, metric: Metric, fast: Metric | None, start: "_Start", on_step: OnStep | None) -> Descent:
        if fast is None:
            return without_cache(metric, start.control, self._limits, on_step)
        ceiling = start.control.new_full((len(start.control),), float("inf"))
        if start.path is not None:
            # the graph's own sum is of coarsely measured edges, and the search prefers those measured too short
            ceiling = measure(fast, start.path, thorough=False).length
        return self._on_levels(metric, fast, start.points, ceiling, start.control, on_step)

    def _on_levels(
        self, metric: Metric, fast: Metric, points: Tensor, ceiling: Tensor, control: Tensor, on_step: OnStep | None
    ) -> Descent:
        """Curves with few knots first; those that need more go on with twice as many."""
        intervals, finest = control.shape[1] - 3, self.intervals * 2**self.doublings
        paced = on_cache(fast, control, self._limits)
        found = paced.descent
        # a curve longer than the path it came from has too few knots to follow it
        lost = (paced.length > ceiling) & (intervals < finest)
        more, ahead = lost, found
        if intervals < self.intervals:
            ahead = between_knots(fast, paced, self._limits)
            more = lost | ~ahead.converged
        done, rest = (~more).nonzero().squeeze(1), more.nonzero().squeeze(1)
        if len(done) and fast is not metric:
            found = merge(found, polished(metric, fast, select(found, done), self._limits, on_step), done)
        residual = torch.maximum(found.residual, ahead.residual)
        found = replace(found, residual=residual, converged=residual <= self.tolerance)
        if not len(rest):
            return found
        start = _fitted(points[rest], 2 * intervals)
        if intervals < self.intervals:
            start = torch.where(lost[rest, None, None], start, ahead.control[rest])
        finer = self._on_levels(metric, fast, points[rest], ceiling[rest], start, on_step)
        return merge(found, replace(finer, iterations=finer.iterations + ahead.iterations[rest]), rest)

    @property
    def _limits(self) -> Limits:
        return Limits(self.nodes, self.tolerance, self.max_iterations, self.polish, self.rounds)


@dataclass(frozen=True)
class _Start:
    """Curves to begin with.

    Attributes:
        points: At even times along the path from the graph, or along the straight line.
        path: The path from the graph, if there is one.
        control: Of the curve.
    """

    points: Tensor
    path: Polyline | None
    control: Tensor

    def exchanged(self, other: "_Start", better: Tensor) -> "_Start":
        """That of another start for the pairs where it is better; both have paths."""
        pairs = better[:, None, None]
        corners = [path.points for path in (self.path, other.path) if path is not None]
        longest = max(points.shape[1] for points in corners)
        mine, others = (torch.cat([c, c[:, -1:].expand(-1, longest - c.shape[1], -1)], 1) for c in corners)
        return _Start(
            torch.where(pairs, other.points, self.points),
            Polyline(torch.where(pairs, others, mine)),
            torch.where(pairs, other.control, self.control),
        )


def _perturbed(graph: Graph, generator: torch.Generator) -> Graph:
    """The graph with other lengths: at random, alike for the edges of a node, so that paths prefer other valleys."""
    noise = torch.randn(len(graph.nodes), generator=generator, dtype=torch.float64).to(graph.lengths)
    factor = torch.exp(_PERTURBATION * (noise[graph.edges[:, 0]] + noise[graph.edges[:, 1]]))
    return replace(graph, lengths=graph.lengths * factor)


def _is_smooth(fast: Metric | None) -> bool:
    """Whether few knots will do to begin with: under a rough metric they end in another valley."""
    cache = None if fast is None else cache_of(fast)
    return cache is not None and cache.interpolation_error < _SMOOTH


def _coarsest(intervals: int) -> int:
    """Halved for as long as eight or more are left."""
    while intervals % 2 == 0 and intervals >= 2 * _FEWEST:
        intervals //= 2
    return intervals


def _fitted(points: Tensor, intervals: int) -> Tensor:
    """Splines through points at even times, of which there are four an interval at the finest."""
    stride = (points.shape[1] - 1) // (4 * intervals)
    return fit(points[:, ::stride], intervals)
