"""Chains of nodes of least discrete energy, by Gauss and Newton's method, and smooth curves through them.

A batch of pairs is solved at once, with few nodes first; their number is doubled until the measured length settles,
which also says how far from the shortest a curve still is. The nodes of a chain are O(h^2) off the geodesic, but the
length is of second order in that: the cubic spline through them is too long by O(h^4) only.

Works with every metric. Under a pullback metric the residuals are the decoder's chords, so that no derivative of the
metric is needed, and no cache: a piecewise linear decoder (ReLU) is as welcome as a smooth one.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.solution import Candidate, OnStep, Problem
from latentgeo.geometry.solvers.chain import curve_through
from latentgeo.geometry.solvers.descent import Descent
from latentgeo.geometry.solvers.discrete_energy import discrete_energy, is_piecewise_linear
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.levenberg_marquardt import levenberg_marquardt
from latentgeo.geometry.solvers.settling import Settling, check_nodes, outcomes, settled
from latentgeo.geometry.solvers.start import check_start, start_from, within

__all__ = ["GaussNewton"]

# by how much the length of a spline falls, at least, in units of the excess that is left: 15 in the limit
_FALL = 4.0
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
        the residual tells roughly how far from it they are, and those that do are uncertified: a node can be stuck at a
        crease.
    """

    nodes: int = 33
    start: str = "auto"
    tolerance: float = 1e-6
    max_iterations: int = 60
    doublings: int = 2
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        check_start(self.start)
        check_nodes(self.nodes)

    def solve(self, problem: Problem) -> Candidate:
        """One curve a pair; a pair whose energy is not finite keeps its start and has diverged."""
        start = start_from(problem, self.start, self.graph, self.nodes)
        metric, bounds = within(problem, start.fast)
        straight = is_piecewise_linear(metric, start.first[:4].flatten(0, 1))
        energy = discrete_energy(metric)

        def minimise(nodes: Tensor, on_step: OnStep | None) -> Descent:
            found = levenberg_marquardt(energy, nodes, _SHARE * self.tolerance, self.max_iterations, on_step)
            # where the energy has a slope, a crease of the decoder can hold a node all the same
            at_rest = straight & (found.iterations < self.max_iterations)
            return replace(found, residual=torch.where(at_rest, 0.0, found.residual))

        limits = Settling(self.nodes, self.doublings, self.tolerance, 1.0 if straight else _FALL, straight)
        found = settled(minimise, metric, start.first, limits, problem.on_step)
        return Candidate(
            curve_through(found.control, straight),
            outcomes(found),
            found.residual,
            found.iterations,
            f"GaussNewton({start.name} start, {'segments' if straight else 'spline'}, {self.nodes} nodes or more)",
            bounds,
            start.searched,
        )
