"""x, y -> (x, y, 0.7 (x^2 + y^2))."""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

_BEND = 0.7


def decoder(z: Tensor) -> Tensor:
    return torch.cat([z, _BEND * z.square().sum(1, keepdim=True)], 1)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    """By scipy's collocation of the geodesic's differential equation, written out for this surface."""
    import surfaces  # the tests'; solvers' environments do without

    return surfaces.paraboloid(_BEND).distance(z0, z1)


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *draw(100, 2, -1, 1, seed=3))


CASE = Case(
    group="closed forms",
    latent=2,
    about="a paraboloid over the plane",
    seconds=20,
    certified=("its differential equation, by collocation", "relaxation"),
    problem=problem,
    distance=distance,
)
