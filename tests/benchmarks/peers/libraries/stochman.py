"""stochman: cubic splines of least discrete energy by gradient descent, all pairs in one batch.

The first setting is `Manifold.connecting_geodesic` as documented, the second the same functions with a finer curve, a
finer sum and L-BFGS. Of convergence it tells one thing for the whole batch. As in its examples, networks are float32
(half the time of float64); the closed forms, where precision is free, float64.
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
        return self.decoder(points.flatten(0, -2)).view(*points.shape[:-1], -1)

    def metric(self, points: Tensor) -> Tensor:
        raise NotImplementedError("the energy of an embedded curve does not need it")


def _prepare(case: Case, **options) -> Solve:
    network = isinstance(case.decoder, nn.Module)
    dtype = torch.float32 if network else torch.float64
    manifold = _Embedded(copy.deepcopy(case.decoder).to(dtype) if isinstance(case.decoder, nn.Module) else case.decoder)

    def solve(z0: Tensor, z1: Tensor) -> Solved:
        if options:
            curve = CubicSpline(z0.to(dtype), z1.to(dtype), num_nodes=options["num_nodes"])
            told = geodesic_minimizing_energy(
                curve, manifold, optimizer=torch.optim.LBFGS, max_iter=options["max_iter"], eval_grid=100
            )
        else:
            curve, told = manifold.connecting_geodesic(z0.to(dtype), z1.to(dtype))
        precise = curve.double()
        return Solved(lambda t: precise(t.expand(len(z0), -1)), [bool(told)] * len(z0))

    return solve


SETTINGS = {
    "default": Setting(
        _prepare,
        {"closed forms": 20, "decoder": 100},
        "connecting_geodesic(p0, p1), one batch: CubicSpline of 5 nodes, 150 steps of Adam, energy at 20 times",
    ),
    "fine": Setting(
        lambda case: _prepare(case, num_nodes=10, max_iter=100 if case.group == "closed forms" else 10),
        {"closed forms": 20, "decoder": 100},
        "geodesic_minimizing_energy, one batch: CubicSpline of 10 nodes, L-BFGS (at most 100 times 20 steps, 10 times "
        "20 for decoders), energy at 100 times",
    ),
}
