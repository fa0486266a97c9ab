"""Pairs of points, the same in every environment; lengths in references/ tell if they are not."""

import torch
from torch import Tensor

__all__ = ["around", "draw"]


def draw(count: int, latent: int, low: float, high: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two times `count` points, uniform in a cube, (count, latent) each, float64."""
    generator = torch.Generator().manual_seed(seed)
    z = low + (high - low) * torch.rand(2, count, latent, generator=generator, dtype=torch.float64)
    return z[0], z[1]


def around(centre: tuple[float, ...], reach: tuple[float, ...], seed: int, count: int = 100) -> tuple[Tensor, Tensor]:
    """The same in a box: its centre, and how far it reaches along each axis."""
    z0, z1 = draw(count, len(centre), -1, 1, seed)
    middle, size = z0.new_tensor(centre), z0.new_tensor(reach)
    return middle + size * z0, middle + size * z1
