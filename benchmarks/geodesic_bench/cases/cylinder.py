"""A cylinder in a strongly sheared chart: the angle is u + 1.5 w^2, so that straight lines are far from short."""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

_RADIUS, _SHEAR = 1.3, 1.5


def decoder(z: Tensor) -> Tensor:
    angle, height = z[:, 0] + _SHEAR * z[:, 1] ** 2, z[:, 1]
    return torch.stack([_RADIUS * angle.cos(), _RADIUS * angle.sin(), height], 1)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    step = z1 - z0
    turn = step[:, 0] + _SHEAR * (z1[:, 1] ** 2 - z0[:, 1] ** 2)
    return torch.hypot(_RADIUS * turn, step[:, 1])


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *draw(100, 2, -1, 1, seed=1))


CASE = Case(
    group="closed forms",
    latent=2,
    about="a cylinder in a sheared chart",
    seconds=20,
    certified=("closed form", "relaxation"),
    problem=problem,
    distance=distance,
)
