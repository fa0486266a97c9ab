"""geomstats: its pullback metric of an immersion, with the two of its solvers that return a path between two points.

The metric's own default, shooting, integrates the whole geodesic anew for each time that the path is asked for, and
is left out. One pair at a time: its batches are loops.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Problem, Solve, Solved

__all__ = ["REQUIREMENTS", "by"]

# it calls numpy.trapz, which numpy 2.4 has no more
REQUIREMENTS = ("torch==2.13.0", "geomstats==2.8.0", "numpy==2.3.5", "scipy==1.17.1")


def by(make: Callable[[], tuple[Callable[[Any], Any], Any]]) -> Callable[[Problem], Solve]:
    """Solve by what `make` gives: a space's log_solver, and the object that tells whether it converged."""

    def prepare(problem: Problem) -> Solve:
        os.environ["GEOMSTATS_BACKEND"] = "pytorch"
        from geomstats.geometry.base import ImmersedSet
        from geomstats.geometry.euclidean import Euclidean

        # it warns of each curve that did not converge; they are counted here
        logging.getLogger().setLevel(logging.ERROR)

        class Immersed(ImmersedSet):
            def __init__(self) -> None:
                super().__init__(dim=problem.latent)

            def _define_embedding_space(self) -> Euclidean:
                return Euclidean(problem.obs)

            def immersion(self, point: Tensor) -> Tensor:
                seen = problem.decoder(point.reshape(-1, problem.latent))
                return seen.reshape(*point.shape[:-1], problem.obs)

        space = Immersed()
        solver, told = make()
        space.metric.log_solver = solver(space)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            path = space.metric.geodesic(initial_point=z0[0], end_point=z1[0])
            found = [bool(told.result_.success)]
            return Solved(lambda t: torch.as_tensor(path(t)).reshape(1, -1, problem.latent), found)

        return solve

    return prepare
