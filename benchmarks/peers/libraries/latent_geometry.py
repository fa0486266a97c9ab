"""latent-geometry: the geodesic equation by scipy's collocation, one pair at a time, in float32 as the package has it.

`shortest_path` also decodes 1,000 points of each path; that is part of its interface and of its time.
"""

import copy

import numpy as np
import torch
from latent_geometry.manifold import LatentManifold
from latent_geometry.mapping import TorchModelMapping
from latent_geometry.metric import EuclideanMetric
from torch import Tensor, nn

from benchmarks.peers.cases import Case
from benchmarks.peers.setting import Setting, Solve, Solved

__all__ = ["DISTRIBUTION", "SETTINGS"]

DISTRIBUTION = "latent-geometry"


class _Surface(nn.Module):
    def __init__(self, decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> Tensor:
        return self.decoder(z)


def _prepare(case: Case, **options) -> Solve:
    decoder = case.decoder
    model = copy.deepcopy(decoder).float() if isinstance(decoder, nn.Module) else _Surface(decoder)
    manifold = LatentManifold(TorchModelMapping(model, (2,), (case.obs,)), EuclideanMetric(), **options)

    def solve(z0: Tensor, z1: Tensor) -> Solved:
        path = manifold.shortest_path(z0[0].numpy(), z1[0].numpy())
        # it raises where it did not converge
        return Solved(lambda t: torch.from_numpy(np.stack([path(float(at)) for at in t])).unsqueeze(0), [True])

    return solve


SETTINGS = {
    "default": Setting(_prepare, {"closed forms": 4, "decoder": 4}, "LatentManifold(...).shortest_path", at_once=1),
    "fine": Setting(
        lambda case: _prepare(case, solver_tol=1e-5, bvp_n_mesh_nodes=30),
        {"closed forms": 4},
        "LatentManifold(..., solver_tol=1e-5, bvp_n_mesh_nodes=30).shortest_path",
        at_once=1,
    ),
}
