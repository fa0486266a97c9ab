"""Lengths of arcs between points that are near to each other, where distances on a mesh are poor."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["arc_lengths"]

# height of the arcs that are tried, as a share of the chord; the highest as a share of that; nodes to measure them by
_BEND, _MOST_BENDS, _NODES = 0.15, 2.0, 5


@torch.no_grad()
def arc_lengths(metric: Metric, z0: Float[Tensor, "pairs 2"], z1: Float[Tensor, "pairs 2"]) -> Float[Tensor, "pairs"]:
    """The shortest of four parabolas between points: straight, bent to either side, and by as much as these suggest."""
    straight, left, right = (_parabola(metric, z0, z1, z0.new_tensor(_BEND * side)) for side in (0, -1, 1))
    slope, bend = (right - left) / 2, (right + left) / 2 - straight
    best = torch.where(bend > 0, -slope / (2 * bend), -slope.sign()).clamp(-_MOST_BENDS, _MOST_BENDS)
    guess = _parabola(metric, z0, z1, _BEND * torch.nan_to_num(best))
    return torch.stack([straight, left, right, guess]).amin(0)


def _parabola(metric: Metric, z0: Tensor, z1: Tensor, height: Tensor) -> Tensor:
    """Lengths of parabolas whose height is given as a share of their chords, by Gauss-Legendre quadrature."""
    nodes, weights = (torch.from_numpy(rule).float() for rule in np.polynomial.legendre.leggauss(_NODES))
    # half the memory to read, as the result has
    chord, z0, height = (z1 - z0).float(), z0.float(), height.float()
    across = torch.stack([-chord[:, 1], chord[:, 0]], 1) * height.unsqueeze(-1)
    length = z0.new_zeros(len(z0))
    for x, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        z = z0 + x * chord + 4 * x * (1 - x) * across
        length += weight * safe_sqrt(metric.squared_speed(z, chord + 4 * (1 - 2 * x) * across))
    return length
