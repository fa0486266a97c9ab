"""The hyperbolic plane as the pseudosphere, in coordinates of the upper half-plane above y = 1.

The metric is (dx^2 + dy^2) / y^2. Geodesics are arcs about points of y = 0: they rise, and stay where the surface is.
"""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import around


def decoder(z: Tensor) -> Tensor:
    x, y = z.unbind(1)
    return torch.stack([x.cos() / y, x.sin() / y, y.acosh() - (1 - y**-2).sqrt()], 1)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    # asinh is exact where acosh is not, at short distances
    return 2 * torch.asinh((z1 - z0).norm(dim=1) / (2 * (z0[:, 1] * z1[:, 1]).sqrt()))


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *around((0.0, 2.2), (1.5, 1.0), seed=11))


CASE = Case(
    group="closed forms",
    latent=2,
    about="the hyperbolic plane, as the pseudosphere",
    seconds=20,
    certified=("closed form", "relaxation"),
    problem=problem,
    distance=distance,
)
