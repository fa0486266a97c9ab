"""Ours: `geodesic` as it comes, with networks as they were trained (float32), roughly; other solvers as references.

Lengths, outcomes and error estimates that a call computes are in its time, as its user waits for them.
"""

import copy

import torch
from torch import Tensor, nn

from benchmarks.peers.cases import Case
from benchmarks.peers.setting import Setting, Solve, Solved
from latentgeo import (
    BVP,
    GaussNewton,
    GraphPath,
    GridMetric,
    NeuralCurve,
    Outcome,
    PullbackMetric,
    SplineCurve,
    geodesic,
)
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.solution import Solver

__all__ = ["DISTRIBUTION", "SETTINGS"]

DISTRIBUTION = "latentgeo"


# uncertified is what was asked for
_GOOD = (Outcome.CONVERGED, Outcome.UNCERTIFIED)


def _directly(solver: Solver | None = None, single: bool = False):
    """The library's front door: nothing but the metric and the pairs; the decoder in float32 or float64."""

    def prepare(case: Case) -> Solve:
        metric = PullbackMetric(case.decoder)
        if single and isinstance(case.decoder, nn.Module):
            metric = PullbackMetric(copy.deepcopy(case.decoder).float(), dtype=torch.float32)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            found = geodesic(metric, z0, z1, solver)
            return Solved(found.curve, [outcome in _GOOD for outcome in found.outcome])

        return solve

    return prepare


def _on_grid(solver: Solver, cached: bool):
    """A solver that starts from, or works on, a cache of the metric made beforehand."""

    def prepare(case: Case) -> Solve:
        metric = PullbackMetric(case.decoder)
        grid = GridMetric(metric, bounding_box(torch.cat([case.z0, case.z1])), size=256)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            found = geodesic(grid if cached else metric, z0, z1, solver, grid=None if cached else grid)
            return Solved(found.curve, [outcome is Outcome.CONVERGED for outcome in found.outcome])

        return solve

    return prepare


_ROUGH = SplineCurve(intervals=32, doublings=0, rounds=0, certify=False, graph=GraphPath(size=96, cache_size=145))

_EVERYWHERE = {"closed forms": 100, "decoder": 100, "convolutional decoder": 20, "many dimensions": 50}

SETTINGS = {
    "default": Setting(_directly(), _EVERYWHERE, "geodesic(metric, z0, z1)"),
    "float32": Setting(
        _directly(single=True),
        {name: pairs for name, pairs in _EVERYWHERE.items() if name != "closed forms"},
        "geodesic(PullbackMetric(decoder, dtype=torch.float32), z0, z1)",
    ),
    "fine": Setting(
        _directly(SplineCurve(tolerance=1e-6, starts=2)),
        {"decoder": 100},
        "geodesic(metric, z0, z1, SplineCurve(tolerance=1e-6, starts=2))",
    ),
    "float32, rough": Setting(
        _directly(_ROUGH, single=True),
        {"decoder": 100},
        "the same with SplineCurve(intervals=32, doublings=0, rounds=0, certify=False, graph=GraphPath(size=96, "
        "cache_size=145)): on a cache only",
    ),
    "GaussNewton": Setting(
        _directly(GaussNewton()), {"closed forms": 100, "many dimensions": 50}, "geodesic(..., GaussNewton())"
    ),
    "NeuralCurve": Setting(
        _on_grid(NeuralCurve(steps=1000), cached=True),
        {"decoder": 4},
        "geodesic(grid, ..., NeuralCurve(steps=1000)) on a cache of 256 x 256",
        role="reference",
    ),
    "BVP": Setting(
        _on_grid(BVP(), cached=False),
        {"decoder": 2},
        "geodesic(..., BVP(), grid=...)",
        at_once=1,
        role="reference",
    ),
}
