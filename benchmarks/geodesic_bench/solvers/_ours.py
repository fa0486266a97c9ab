"""What our solvers share: `geodesic` on the decoder as it is, in float32, or with a cache made beforehand.

Lengths, outcomes and error estimates that a call computes are in its time, as its user waits for them.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.geodesic_bench.interface import GROUPS, Problem, Solve, Solved

__all__ = ["DECODERS", "directly", "on_grid"]

# groups where float32 differs: where a decoder has weights
DECODERS = {group: 100 for group in GROUPS if group != "closed forms"}


def directly(solver: Callable[[], object] | None = None, single: bool = False) -> Callable[[Problem], Solve]:
    """The library's front door: nothing but the metric and the pairs; the decoder in float32 or float64."""

    def prepare(problem: Problem) -> Solve:
        from latentgeo import Outcome, PullbackMetric, geodesic

        metric = PullbackMetric(problem.decoder)
        if single and isinstance(problem.decoder, nn.Module):
            metric = PullbackMetric(copy.deepcopy(problem.decoder).float(), dtype=torch.float32)
        chosen = None if solver is None else solver()

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            found = geodesic(metric, z0, z1, chosen)
            # uncertified is what was asked for
            good = (Outcome.CONVERGED, Outcome.UNCERTIFIED)
            return Solved(found.curve, [outcome in good for outcome in found.outcome])

        return solve

    return prepare


def on_grid(solver: Callable[[], object], cached: bool) -> Callable[[Problem], Solve]:
    """A solver that starts from, or works on, a cache of the metric made beforehand."""

    def prepare(problem: Problem) -> Solve:
        from latentgeo import GridMetric, Outcome, PullbackMetric, geodesic
        from latentgeo.geometry.metrics.bounds import bounding_box

        metric = PullbackMetric(problem.decoder)
        grid = GridMetric(metric, bounding_box(torch.cat([problem.z0, problem.z1])), size=256)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            found = geodesic(grid if cached else metric, z0, z1, solver(), grid=None if cached else grid)
            return Solved(found.curve, [outcome is Outcome.CONVERGED for outcome in found.outcome])

        return solve

    return prepare
