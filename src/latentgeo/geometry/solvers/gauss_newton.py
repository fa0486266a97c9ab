"""Chains of nodes of least discrete energy, by Gauss and Newton's method, and smooth curves through them.

A batch of pairs is solved at once, with few nodes first; their number is doubled until the measured length settles,
which also says how far from the shortest a curve still is. The nodes of a chain are O(h^2) off the geodesic, but the
length is of second order in that: the cubic spline through them is too long by O(h^4) only.

Works with every metric. Under a pullback metric the residuals are the decoder's chords, so that no derivative of the
metric is needed, and no cache: a piecewise linear decoder (ReLU) is as welcome as a smooth one.
"""

from dataclasses import dataclass, replace
from itertools import count

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.bounds import Bounds, open_bounds
from latentgeo.geometry.metrics.caching import bounds_of, cache_of, walled
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import Walled
from latentgeo.geometry.solution import Candidate, OnStep, Outcome, Problem
from latentgeo.geometry.solvers.batch import put
from latentgeo.geometry.solvers.chain import curve_through, doubled, length_through
from latentgeo.geometry.solvers.descent import Descent
from latentgeo.geometry.solvers.discrete_energy import DiscreteEnergy, discrete_energy, is_piecewise_linear
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.levenberg_marquardt import levenberg_marquardt
from latentgeo.geometry.solvers.start import check_start, start_from

__all__ = ["GaussNewton"]

# by what the excess length is divided, at least, when the nodes of a spline are doubled: 16 in the limit
_FALL = 4
# of the tolerance: what is aimed at with each number of nodes
_SHARE = 1e-3


@dataclass(frozen=True)
class GaussNewton:
    """Chains of nodes of least energy, and splines through them; straight segments if the decoder is piecewise linear.

    Attributes:
        nodes: Of each curve at least, its ends included: a multiple of four and one more.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there is a cache or data. Other than `SplineCurve`, "auto" makes no cache without data.
        tolerance: A pair has converged when its estimated relative excess length is below.
        max_iterations: Steps at most with each number of nodes.
        doublings: How often the nodes of a pair are doubled that has not converged.
        graph: The start's settings, and the size of the cache where one is made for it.

    Warning:
        Without a grid, bounds or data nothing keeps curves to a box, and a straight start can end in a curve that is
        only locally shortest. Nodes are evenly spaced in Riemannian length: where a metric has narrow walls or flat
        valleys, as strongly smoothed ones have, few of them leap over what they should go round, and `SplineCurve` is
        the better choice. Under a piecewise linear decoder lengths settle slowly: few pairs meet the tolerance,
        and the residual says how far from it they are.
    """

    nodes: int = 33
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 60
    doublings: int = 2
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        check_start(self.start)
        if self.nodes < 9 or self.nodes % 4 != 1:
            raise ValueError(f"nodes must be a multiple of four and one more, at least 9; got {self.nodes}")

    def solve(self, problem: Problem) -> Candidate:
        """One curve a pair; a pair whose energy is not finite keeps its start and has diverged."""
        start = start_from(problem, self.start, self.graph, self.nodes)
        metric, bounds = _within(problem, start.fast)
        # a path on a graph knows more than a few nodes could keep
        nodes = start.nodes[:, ::4] if start.name == "line" else start.nodes
        straight = is_piecewise_linear(metric, nodes[:4].flatten(0, 1))
        found = self._settled(discrete_energy(metric), metric, nodes, straight, _numbered(problem.on_step))
        outcome = [
            Outcome.CONVERGED if good else Outcome.MAX_ITERATIONS if finite else Outcome.DIVERGED
            for good, finite in zip(found.converged.tolist(), torch.isfinite(found.residual).tolist(), strict=True)
        ]
        return Candidate(
            curve_through(found.control, straight),
            outcome,
            found.residual,
            found.iterations,
            f"GaussNewton({start.name} start, {'segments' if straight else 'spline'}, {self.nodes} nodes or more)",
            bounds,
            start.searched,
        )

    def _settled(
        self,
        energy: DiscreteEnergy,
        metric: Metric,
        nodes: Float[Tensor, "pairs nodes latent"],
        straight: bool,
        on_step: OnStep | None,
    ) -> Descent:
        """Chains from these nodes on, and finer ones until the lengths of their curves settle.

        Args:
            energy: Of chains.
            metric: To measure curves under.
            nodes: Where to start: points of the curves through chains of half as many steps.
            straight: Whether curves are straight segments.
            on_step: Progress callback.
        """
        steps = nodes.shape[1] - 1
        found = levenberg_marquardt(energy, nodes, _SHARE * self.tolerance, self.max_iterations, on_step)
        if steps < self.nodes - 1:
            again = torch.ones_like(found.converged)
        else:
            found, again = self._judged(metric, nodes, found, straight)
        if steps >= (self.nodes - 1) * 2**self.doublings or not bool(again.any()):
            return found
        index = again.nonzero().squeeze(1)
        finer = self._settled(energy, metric, doubled(found.control[index], straight), straight, on_step)
        return _merge(found, finer, index, straight)

    def _judged(
        self, metric: Metric, nodes: Float[Tensor, "pairs nodes latent"], found: Descent, straight: bool
    ) -> tuple[Descent, Tensor]:
        """The shorter of the curves before and after, with an estimate of its excess; and which need more nodes."""
        before, length = (length_through(metric, chain, straight) for chain in (nodes, found.control))
        # few chords can cut a corner that a curve cannot
        control = torch.where((length <= before)[:, None, None], found.control, nodes)
        excess = (before - length).abs() / torch.minimum(before, length) / (1 if straight else _FALL)
        # where the energy has a slope, a crease of the decoder can hold a node all the same
        at_rest = straight & (found.iterations < self.max_iterations)
        unrest = torch.where(at_rest, 0.0, found.residual)
        residual = excess + unrest
        converged = residual <= self.tolerance
        return Descent(control, residual, found.iterations, converged), ~converged & (unrest <= self.tolerance)


def _within(problem: Problem, fast: Metric | None) -> tuple[Metric, Bounds | None]:
    """The problem's metric, behind a wall where there are a cache or bounds; and the box within."""
    if fast is not None and cache_of(fast) is not None:
        return walled(problem.metric, fast), bounds_of(fast)
    if problem.bounds is not None and problem.z0.shape[1] == 2:
        return Walled(problem.metric, problem.bounds), open_bounds(problem.bounds, problem.metric.periods)
    return problem.metric, None


def _merge(found: Descent, finer: Descent, index: Tensor, straight: bool) -> Descent:
    """All pairs, those at the index with finer chains; the steps that each took add up."""
    control = found.control
    while control.shape[1] < finer.control.shape[1]:
        control = doubled(control, straight)
    iterations = found.iterations.index_add(0, index, finer.iterations)
    return replace(put(replace(found, control=control), finer, index), iterations=iterations)


def _numbered(on_step: OnStep | None) -> OnStep | None:
    """A callback that counts on where the next minimisation begins to count anew."""
    if on_step is None:
        return None
    number = count()
    return lambda _, value: on_step(next(number), value)
