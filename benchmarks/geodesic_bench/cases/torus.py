"""A torus in its two angles, on both sides of the circle where its curvature changes sign."""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import around

_RADIUS, _TUBE = 2.0, 0.8


def decoder(z: Tensor) -> Tensor:
    turn, bend = z.unbind(1)
    wide = _RADIUS + _TUBE * bend.cos()
    return torch.stack([wide * turn.cos(), wide * turn.sin(), _TUBE * bend.sin()], 1)


def distance(z0: Tensor, z1: Tensor) -> Tensor:
    """By scipy's collocation of the geodesic's differential equation, written out for this surface."""
    import surfaces  # the tests'; solvers' environments do without

    return surfaces.torus(_RADIUS, _TUBE).distance(z0, z1)


def problem() -> Problem:
    return Problem("closed forms", decoder, 3, *around((0.3, 1.2), (0.6, 0.8), seed=9))


CASE = Case(
    group="closed forms",
    latent=2,
    about="a torus in its angles, where its curvature changes sign",
    seconds=20,
    certified=("its differential equation, by collocation", "relaxation"),
    problem=problem,
    distance=distance,
)
