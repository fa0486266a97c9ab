"""The unit sphere in stereographic coordinates; the pairs lie within its southern part."""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

_SIDE = 0.9 / 2**0.5


def decoder(z: Tensor) -> Tensor:
    square = z.square().sum(1, keepdim=True)
    return torch.cat([2 * z, square - 1], 1) / (1 + square)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    # atan2 is exact where arccos is not, at small angles
    a, b = decoder(z0), decoder(z1)
    return 2 * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *draw(100, 2, -_SIDE, _SIDE))


CASE = Case(
    group="closed forms",
    latent=2,
    about="the unit sphere in stereographic coordinates",
    seconds=20,
    certified=("closed form", "relaxation"),
    problem=problem,
    distance=distance,
)
