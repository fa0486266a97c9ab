"""stochman: cubic splines of least discrete energy by gradient descent, all pairs in one batch.

Of convergence it tells one thing for the whole batch. As in its examples, networks are float32 (half the time of
float64); the closed forms, where the dtype is free, float64.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.geodesic_bench.interface import Problem, Solve, Solved

__all__ = ["REQUIREMENTS", "splines"]

REQUIREMENTS = ("torch==2.13.0", "stochman==0.3.0", "numpy==2.3.5")


def splines(fine: bool) -> Callable[[Problem], Solve]:
    """Its documented call, or the same functions with a finer curve and a finer sum."""

    def prepare(problem: Problem) -> Solve:
        from stochman import CubicSpline
        from stochman.geodesic import geodesic_minimizing_energy
        from stochman.manifold import EmbeddedManifold

        class Embedded(EmbeddedManifold):
            def __init__(self, decoder) -> None:
                self.decoder = decoder

            def embed(self, points: Tensor, jacobian: bool = False) -> Tensor:
                return self.decoder(points.flatten(0, -2)).reshape(*points.shape[:-1], -1)

        decoder, dtype = problem.decoder, torch.float64
        # L-BFGS on the closed forms, where Adam takes a thousand steps; on networks its steps are too dear
        nodes, options = 10, {"optimizer": torch.optim.LBFGS, "max_iter": 100, "eval_grid": 100}
        if isinstance(decoder, nn.Module):
            decoder, dtype = copy.deepcopy(decoder).float(), torch.float32
            nodes, options = 20, {"eval_grid": 40}
        manifold = Embedded(decoder)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            ends = z0.to(dtype), z1.to(dtype)
            if fine:
                curve = CubicSpline(*ends, num_nodes=nodes)
                told = geodesic_minimizing_energy(curve, manifold, **options)
            else:
                curve, told = manifold.connecting_geodesic(*ends)
            precise = curve.double()
            return Solved(lambda t: precise(t.expand(len(z0), -1)), [bool(told)] * len(z0))

        return solve

    return prepare
