"""The default solver: a smooth curve from a graph start, refined by Newton's method and checked on the true metric.

In two latent dimensions the metric is cached on a grid. A shortest path on the grid, fitted by a cubic B-spline, is
refined by Newton's method on the cache; then by a few quasi-Newton steps under the true metric, whose model of the
curvature is the cache's. In any other dimension the start is a path over data neighbours (the straight line without
data) and the curvature is modelled by the metric tensor along the curve.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line
from latentgeo.geometry.curves.spline import Spline, line_control, refine
from latentgeo.geometry.functionals import Measurement, measure
from latentgeo.geometry.graph import Graph
from latentgeo.geometry.metrics.caching import bounds_of, without_wall
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers import batch
from latentgeo.geometry.solvers.graph_path import (
    GraphPath,
    fast_metric,
    graph_for,
    is_smooth,
    no_graph,
)
from latentgeo.geometry.solvers.newton import Descent
from latentgeo.geometry.solvers.pacing import Retimed, at_constant_velocity, at_known_velocity
from latentgeo.geometry.solvers.preconditioner import block_size
from latentgeo.geometry.solvers.refinement import (
    Limits,
    between_knots,
    certified,
    join,
    on_cache,
    without_cache,
)
from latentgeo.geometry.solvers.spline_energy import Weight
from latentgeo.geometry.solvers.spline_start import (
    SplineStart,
    along_paths,
    coarsest,
    fitted,
    perturbed,
    straight,
)

__all__ = ["SplineCurve"]

# what is aimed at under such a metric, whatever the tolerance, and where that takes many steps without a cache
_SMOOTH_AIM, _DEAR_AIM = 1e-6, 1e-4
# at most: on a cache, and without, where a trained decoder of 32 dimensions takes some 200
_STEPS, _STEPS_WITHOUT = 100, 300
# of the tolerance, what more knots may change where there is no cache
_KNOTS_SHARE = 0.1
# of that, what Newton's method aims at on a cache, where a step is cheap
_NEWTON_SHARE = 0.01
# pieces that a curve is measured in under the true metric where that is asked for nothing else
_ROUGHLY = 16


@dataclass(frozen=True)
class SplineCurve:
    """Cubic B-spline curves of least energy.

    Attributes:
        intervals: Knot intervals of each curve; it begins with fewer where a metric is smooth, and ends with more where
            it needs them. Twice as many under a function of a rough metric, such as a smoothed one, whose valleys are
            narrower.
        nodes: Gauss-Legendre nodes on each interval that the energy is summed over.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there can be one.
        starts: How many paths to start from, of which the best is kept; those after the first are shortest ones on a
            graph whose lengths are perturbed.
        seed: Of the perturbations.
        tolerance: What the certificate promises: a pair has converged when its estimated relative excess length over
            the nearest geodesic of the true metric is below. What costs little is done to 1e-6.
        certify: Whether the true metric is asked; if not, curves are as good as the cache, and named uncertified. The
            metric of a piecewise linear decoder has no derivative to ask for.
        max_iterations: Newton steps on the cache, by default 100; where there is none, steps under the true metric, by
            default 300.
        rounds: How often a curve's time, where it has become badly shared out, is shared out anew and the curve
            refined again, on the cache.
        polish: Steps under the true metric for the pairs that the certificate finds too far from a geodesic.
        doublings: How often the intervals of a curve are doubled that is longer than its start on the graph.
        graph: The start's settings, and the size of the cache that is made where none is given.
    """

    intervals: int = 48
    nodes: int = 3
    start: str = "auto"
    starts: int = 1
    seed: int = 0
    tolerance: float = 1e-3
    certify: bool = True
    max_iterations: int | None = None
    polish: int = 15
    rounds: int = 1
    doublings: int = 2
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.start not in ("auto", "graph", "line"):
            raise ValueError(f"no start {self.start!r}; found: auto, graph, line")
        if self.starts < 1:
            raise ValueError(f"starts must be 1 or more; got {self.starts}")

    def solve(self, problem: Problem) -> Candidate:
        fast = fast_metric(problem, self.graph.cache_size)
        graph = None if problem.start or self.start == "line" else graph_for(problem, fast, self.graph)
        if self.start == "graph" and graph is None and problem.start is None:
            raise no_graph(problem, "start='graph'")
        at_once = self._pairs_at_once(problem.z0.shape[1])
        lines = problem.start or Line(problem.z0, problem.z1)
        parts = torch.arange(len(problem.z0), device=problem.z0.device).split(at_once)
        starts = [
            self._start(problem.metric, fast, graph, lines.select(part), problem.z0[part], problem.z1[part])
            for part in parts
        ]
        solved = [self._solve_part(problem.metric, fast, start, problem.on_step) for start in starts]
        found = join([part.descent for part in solved])
        finite = torch.isfinite(found.control).flatten(1).all(1)
        line = line_control(problem.z0, problem.z1, found.control.shape[1] - 3)
        curve = Spline(torch.where(finite[:, None, None], found.control, line))
        unasked = fast is not None and fast is not problem.metric and not self._certifies(problem.metric)
        good = Outcome.UNCERTIFIED if unasked else Outcome.CONVERGED
        outcome = [
            good if converged else Outcome.MAX_ITERATIONS if there else Outcome.DIVERGED
            for converged, there in zip(found.converged.tolist(), finite.tolist(), strict=True)
        ]
        start = "given" if problem.start else "line" if graph is None else "neighbours" if fast is None else "graph"
        how = "quasi-Newton" if fast is None else "Newton" if fast is problem.metric else "cached Newton"
        known = [part.lengths for part in solved if part.lengths is not None]
        times = [part.time for part in solved if part.time is not None]
        if times:
            curve = Retimed(curve, torch.cat(times), torch.linspace(0, 1, times[0].shape[1]).to(times[0]))
        else:
            curve = at_constant_velocity(fast or problem.metric, curve)
        if unasked and fast is not None:
            known = [measure(problem.metric, curve, _ROUGHLY, thorough=False, cached=without_wall(fast))]
        return Candidate(
            curve,
            outcome,
            torch.full_like(found.residual, float("nan")) if unasked else found.residual,
            found.iterations,
            f"SplineCurve({start} start, {how})",
            bounds_of(fast),
            graph is not None,
            None if fast is None or fast is problem.metric else without_wall(fast),
            batch.join(known) if known and bool(finite.all()) else None,
        )

    def _pairs_at_once(self, latent: int) -> int:
        """As many as keep the factors of the Hessians below some 200 MB."""
        numbers = 4 * (self._finest + 1) * latent * block_size(latent)
        return max(1, min(256, 25_000_000 // numbers))

    def _start(
        self, metric: Metric, fast: Metric | None, graph: Graph | None, lines: Curve, z0: Tensor, z1: Tensor
    ) -> SplineStart:
        """The best of all starts, by the length after refinement on the cache; the given lines without a graph."""
        if graph is None:
            t = torch.linspace(0, 1, self._samples, dtype=z0.dtype, device=z0.device)
            return straight(lines.same_path(t), self._first(fast))
        best = along_paths(graph, metric, fast, z0, z1, self._samples, self._first(fast))
        if self.starts == 1:
            return best
        best, length = self._tried(metric, fast, best)
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(self.starts - 1):
            other = along_paths(perturbed(graph, generator), metric, fast, z0, z1, self._samples, self._first(fast))
            other, reached = self._tried(metric, fast, other)
            best = batch.choose(reached < length, other, best)
            length = torch.minimum(length, reached)
        return best

    @property
    def _samples(self) -> int:
        """Points of a start: four for each of the intervals at their finest."""
        return 4 * self._finest + 1

    @property
    def _finest(self) -> int:
        return self.intervals * 2**self.doublings

    def _first(self, fast: Metric | None) -> int:
        """Intervals to begin with."""
        if fast is None or is_smooth(fast):
            return coarsest(self.intervals)
        return self.intervals if fast.base is None or not self.doublings else 2 * self.intervals

    def _tried(self, metric: Metric, fast: Metric | None, start: SplineStart) -> tuple[SplineStart, Tensor]:
        if fast is None:
            return start, measure(metric, Spline(start.control), thorough=False).length
        paced = on_cache(fast, start.control, self._limits(fast))
        return replace(start, control=paced.descent.control), paced.length

    def _solve_part(self, metric: Metric, fast: Metric | None, start: SplineStart, on_step: OnStep | None) -> "_Solved":
        if fast is None:
            return self._without_cache(metric, start, on_step)
        parts, lengths, order = [], [], []
        for part, weight, between, index in self._levels(metric, fast, start):
            if fast is not metric and self._certifies(metric):
                part, known = certified(metric, fast, part, weight, self._limits(fast), on_step)
                lengths.append(known)
            residual = torch.maximum(part.residual, between)
            parts.append(replace(part, residual=residual, converged=residual <= self.tolerance))
            order.append(index)
        back = torch.cat(order).argsort()
        return _Solved(
            batch.select(join(parts), back), batch.select(batch.join(lengths), back) if lengths else None, None
        )

    def _without_cache(self, metric: Metric, start: SplineStart, on_step: OnStep | None) -> "_Solved":
        """Curves of few knots first; those that more knots would change go on with twice as many.

        One that had not come to rest before either is left there: it wanders, whatever its knots.
        """
        limits, control = self._limits(None), start.control
        index = torch.arange(len(control), device=control.device)
        restless = torch.zeros(len(control), dtype=torch.bool, device=control.device)
        parts, lengths, times, order = [], [], [], []
        while len(index):
            intervals = control.shape[1] - 3
            seen = without_cache(metric, control, limits, on_step)
            lost = (seen.length > start.ceiling[index]) & (intervals < self._finest)
            moving = ~seen.descent.converged
            changed = ~(seen.between <= _KNOTS_SHARE * self.tolerance) & ~(moving & restless[index])
            more = lost | (changed & (intervals < self._finest))
            restless[index] = moving
            done, rest = (~more).nonzero().squeeze(1), more.nonzero().squeeze(1)
            residual = torch.maximum(seen.descent.residual, seen.between)
            found = replace(seen.descent, residual=residual, converged=residual <= self.tolerance)
            if len(done):
                parts.append(batch.select(found, done))
                time, fastest = at_known_velocity(seen.phi[done])
                times.append(time)
                lengths.append(Measurement(seen.length[done], seen.error[done], fastest))
                order.append(index[done])
            index = index[rest]
            if len(index):
                control = torch.where(
                    lost[rest, None, None],
                    fitted(start.points[index], 2 * intervals),
                    refine(found.control[rest], 2 * intervals),
                )
        back = torch.cat(order).argsort()
        return _Solved(batch.select(join(parts), back), batch.select(batch.join(lengths), back), torch.cat(times)[back])

    def _levels(
        self, metric: Metric, fast: Metric, start: SplineStart
    ) -> Iterator[tuple[Descent, Weight, Tensor, Tensor]]:
        """Curves refined on the cache, of few knots first; those that need more go on with twice as many.

        Yields:
            Curves that have knots enough, the weight of the energy that they are minimal for, what more knots would
            change about their length, and which pairs they are.
        """
        limits, control = self._limits(fast), start.control
        index = torch.arange(len(control), device=control.device)
        spent = torch.zeros(len(control), dtype=torch.long, device=control.device)
        while len(index):
            intervals = control.shape[1] - 3
            paced = on_cache(fast, control, limits)
            found = paced.descent
            # a curve longer than the path it came from has too few knots to follow it
            lost = (paced.length > start.ceiling[index]) & (intervals < self._finest)
            more = lost
            ahead, between = found, torch.zeros_like(found.residual)
            if intervals < self._enough(metric):
                ahead = between_knots(fast, paced, limits)
                between = ahead.residual
                more = lost | ~ahead.converged
            spent[index] += ahead.iterations
            done, rest = (~more).nonzero().squeeze(1), more.nonzero().squeeze(1)
            if len(done):
                part = replace(batch.select(found, done), iterations=spent[index[done]])
                yield part, paced.weight[done], between[done], index[done]
            index = index[rest]
            if len(index):
                control = fitted(start.points[index], 2 * intervals)
                if ahead is not found:
                    control = torch.where(lost[rest, None, None], control, ahead.control[rest])

    def _certifies(self, metric: Metric) -> bool:
        return self.certify and not metric.piecewise_linear

    def _enough(self, metric: Metric) -> int:
        """Intervals from which on a curve is not asked whether it needs more."""
        return self.intervals if metric.base is None else self._finest

    def _limits(self, fast: Metric | None) -> Limits:
        # where the cache is good a step brings much
        tolerance = min(self.tolerance, _SMOOTH_AIM) if fast is None or is_smooth(fast) else self.tolerance
        dear = min(self.tolerance, _DEAR_AIM)
        steps = self.max_iterations
        if steps is None:
            steps = _STEPS_WITHOUT if fast is None else _STEPS
        return Limits(self.nodes, tolerance, _NEWTON_SHARE * tolerance, dear, steps, self.polish, self.rounds)


@dataclass(frozen=True)
class _Solved:
    """Curves of some pairs.

    Attributes:
        descent: Where the steps ended.
        lengths: Under the true metric, where it was asked anyway.
        time: Even times at constant velocity, where it was asked anyway.
    """

    descent: Descent
    lengths: Measurement | None
    time: Tensor | None
