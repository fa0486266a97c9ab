"""geomstats: its pullback metric of an immersion, with the two of its solvers that return a path between two points.

The metric's own default, shooting, integrates the whole geodesic anew for each time that the path is asked for, and
is left out. One pair at a time: its batches are loops.
"""

import logging
import os

import torch
from torch import Tensor

from benchmarks.peers.cases import Case
from benchmarks.peers.setting import Setting, Solve, Solved

os.environ["GEOMSTATS_BACKEND"] = "pytorch"

from geomstats.geometry.base import ImmersedSet
from geomstats.geometry.euclidean import Euclidean
from geomstats.numerics.bvp import ScipySolveBVP
from geomstats.numerics.geodesic import LogODESolver, PathStraightening
from geomstats.numerics.optimization import ScipyMinimize

__all__ = ["DISTRIBUTION", "SETTINGS"]

DISTRIBUTION = "geomstats"

# it warns of each curve that did not converge; they are counted here
logging.getLogger().setLevel(logging.ERROR)


class _Immersed(ImmersedSet):
    def __init__(self, case: Case) -> None:
        self.case = case
        super().__init__(dim=2)

    def _define_embedding_space(self) -> Euclidean:
        return Euclidean(self.case.obs)

    def immersion(self, point: Tensor) -> Tensor:
        return self.case.decoder(point.reshape(-1, 2)).reshape(*point.shape[:-1], self.case.obs)


def _collocation(case: Case) -> Solve:
    integrator = ScipySolveBVP(save_result=True)
    return _solve(case, lambda space: LogODESolver(space, integrator=integrator, use_jac=False), integrator)


def _straightening(case: Case) -> Solve:
    optimizer = ScipyMinimize(method="L-BFGS-B", autodiff_jac=True, save_result=True)
    return _solve(case, lambda space: PathStraightening(space, n_nodes=20, optimizer=optimizer), optimizer)


def _solve(case: Case, solver, told) -> Solve:
    space = _Immersed(case)
    space.metric.log_solver = solver(space)

    def solve(z0: Tensor, z1: Tensor) -> Solved:
        path = space.metric.geodesic(initial_point=z0[0], end_point=z1[0])
        return Solved(lambda t: torch.as_tensor(path(t)).reshape(1, -1, 2), [bool(told.result_.success)])

    return solve


SETTINGS = {
    "collocation": Setting(_collocation, {"closed forms": 2, "decoder": 1}, "LogODESolver(use_jac=False)", at_once=1),
    "straightening": Setting(_straightening, {"closed forms": 2}, "PathStraightening(n_nodes=20)", at_once=1),
}
