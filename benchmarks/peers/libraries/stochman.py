"""stochman: cubic splines of least discrete energy by gradient descent, all pairs in one batch.

The first setting is `Manifold.connecting_geodesic` as documented, the second the same functions with a finer curve and
a finer sum (and L-BFGS on the closed forms, where Adam takes a thousand steps; on networks its steps are too dear). Of
convergence it tells one thing for the whole batch. As in its examples, networks are float32 (half the time of
float64); the closed forms, where the dtype is free, float64.
"""

import copy

import torch
from stochman import CubicSpline
from stochman.geodesic import geodesic_minimizing_energy
from stochman.manifold import EmbeddedManifold
from torch import Tensor, nn

from benchmarks.peers.cases import Case
from benchmarks.peers.setting import Setting, Solve, Solved

__all__ = ["DISTRIBUTION", "SETTINGS"]

DISTRIBUTION = "stochman"


class _Embedded(EmbeddedManifold):
    def __init__(self, decoder) -> None:
        self.decoder = decoder

    def embed(self, points: Tensor, jacobian: bool = False) -> Tensor:
        return self.decoder(points.flatten(0, -2)).reshape(*points.shape[:-1], -1)


def _prepare(case: Case, fine: bool) -> Solve:
    decoder, dtype = case.decoder, torch.float64
    nodes, options = 10, {"optimizer": torch.optim.LBFGS, "max_iter": 100, "eval_grid": 100}
    if isinstance(decoder, nn.Module):
        decoder, dtype = copy.deepcopy(decoder).float(), torch.float32
        nodes, options = 20, {"eval_grid": 40}
    manifold = _Embedded(decoder)

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


_EVERYWHERE = {"closed forms": 100, "decoder": 100, "convolutional decoder": 20, "many dimensions": 50}

SETTINGS = {
    "default": Setting(
        lambda case: _prepare(case, fine=False),
        _EVERYWHERE,
        "connecting_geodesic(p0, p1), one batch: CubicSpline of 5 nodes, 150 steps of Adam, energy at 20 times",
    ),
    "fine": Setting(
        lambda case: _prepare(case, fine=True),
        _EVERYWHERE,
        "geodesic_minimizing_energy, one batch: CubicSpline of 10 nodes, at most 100 calls of L-BFGS, energy at 100 "
        "times; for decoders 20 nodes, 150 steps of Adam, energy at 40 times",
    ),
}
