"""The Swiss roll: flat once it is unrolled, by the arc length of its spiral; its chart is not."""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

# the angle at z = 0 and what a unit of z adds to it: from 0.5 to 4.5 half turns, in units of their largest radius
_MIDDLE, _TURN = 2.5 * torch.pi, 2 * torch.pi
_SCALE, _HEIGHT = 1 / (4.5 * torch.pi), 3.0


def decoder(z: Tensor) -> Tensor:
    angle, height = _MIDDLE + _TURN * z[:, 0], _HEIGHT * z[:, 1]
    return torch.stack([_SCALE * angle * angle.cos(), height, _SCALE * angle * angle.sin()], 1)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    return torch.hypot(_arc(z1) - _arc(z0), _HEIGHT * (z1[:, 1] - z0[:, 1]))


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *draw(100, 2, -1, 1, seed=12))


def _arc(z: Tensor) -> Tensor:
    angle = _MIDDLE + _TURN * z[:, 0]
    return _SCALE * (angle * (1 + angle**2).sqrt() + angle.asinh()) / 2


CASE = Case(
    group="closed forms",
    latent=2,
    about="a Swiss roll of two turns",
    seconds=20,
    certified=("closed form", "relaxation"),
    problem=problem,
    distance=distance,
)
