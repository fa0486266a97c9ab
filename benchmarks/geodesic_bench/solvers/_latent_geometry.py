"""latent-geometry: the geodesic equation by scipy's collocation, one pair at a time, in float32 as the package has it.

`shortest_path` also decodes 1,000 points of each path; that is part of its interface and of its time.
"""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.geodesic_bench.interface import Problem, Solve, Solved

__all__ = ["REQUIREMENTS", "shortest"]

# of torchvision, which it asks for, the one of this torch
REQUIREMENTS = ("torch==2.13.0", "latent-geometry==1.1.0", "numpy==2.3.5", "scipy==1.17.1")


class _Surface(nn.Module):
    def __init__(self, decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: Tensor) -> Tensor:
        return self.decoder(z)


def shortest(**options: Any) -> Callable[[Problem], Solve]:
    """`shortest_path` of a `LatentManifold` with these options."""

    def prepare(problem: Problem) -> Solve:
        import numpy as np
        from latent_geometry.manifold import LatentManifold
        from latent_geometry.mapping import TorchModelMapping
        from latent_geometry.metric import EuclideanMetric

        decoder = problem.decoder
        model = copy.deepcopy(decoder).float() if isinstance(decoder, nn.Module) else _Surface(decoder)
        mapping = TorchModelMapping(model, (problem.latent,), (problem.obs,))
        manifold = LatentManifold(mapping, EuclideanMetric(), **options)

        def solve(z0: Tensor, z1: Tensor) -> Solved:
            path = manifold.shortest_path(z0[0].numpy(), z1[0].numpy())
            # it raises where it did not converge
            return Solved(lambda t: torch.from_numpy(np.stack([path(float(at)) for at in t])).unsqueeze(0), [True])

        return solve

    return prepare
