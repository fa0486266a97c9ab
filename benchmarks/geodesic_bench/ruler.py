"""The one ruler: lengths of anybody's curves, from points on them and the decoder alone.

The sum of the decoded chords, in float64, at n and at 2n even steps, extrapolated to no step. No metric, no derivative
and no quadrature of any of the libraries has a part in it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Problem, Solved

__all__ = ["Measured", "measure", "straight"]

_POINTS_AT_ONCE = 8192


@dataclass(frozen=True)
class Measured:
    """Lengths and what they are worth.

    Attributes:
        length: (pairs,).
        doubt: (pairs,), relative difference between the two sums over three: an upper estimate of the error.
        gap: (pairs,), how far the curve's ends are from the pair's, over the pair's distance.
    """

    length: Tensor
    doubt: Tensor
    gap: Tensor


@torch.no_grad()
def measure(problem: Problem, solved: Solved, z0: Tensor, z1: Tensor) -> Measured:
    """Lengths of the curves that were found between z0 and z1."""
    steps = 2048 if problem.obs < 64 else 512
    points = solved.curve(torch.linspace(0, 1, 2 * steps + 1, dtype=torch.float64)).detach().double()
    fine = torch.stack([_decoded_length(problem, curve, step=1) for curve in points])
    coarse = torch.stack([_decoded_length(problem, curve, step=2) for curve in points])
    gap = torch.maximum((points[:, 0] - z0).norm(dim=1), (points[:, -1] - z1).norm(dim=1)) / (z1 - z0).norm(dim=1)
    return Measured(fine + (fine - coarse) / 3, (fine - coarse).abs() / (3 * fine), gap)


def straight(z0: Tensor, z1: Tensor) -> Solved:
    """The straight lines between points, which anybody has."""
    start, step = z0[:, None], (z1 - z0)[:, None]
    return Solved(lambda t: start + t[:, None] * step, [None] * len(z0))


def _decoded_length(problem: Problem, curve: Tensor, step: int) -> Tensor:
    observed = torch.cat([problem.decoder(part).flatten(1) for part in curve[::step].split(_POINTS_AT_ONCE)])
    return observed.diff(dim=0).norm(dim=1).sum()
