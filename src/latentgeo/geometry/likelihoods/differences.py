"""Derivatives of divergences and of Fisher information by torch, held against differences of their values.

Along lines from point to point, which stay among the parameters that a family may have.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from latentgeo.geometry.likelihoods.chart import Lowered
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["second_fits", "slope_fits"]

# of which one must agree: as shares of the coordinates' size, and by how much
_STEPS, _AGREES = tuple(10.0**-k for k in range(2, 8)), 1e-2


def second_fits(function: Callable[[Tensor], Tensor], y: Tensor, along: Tensor, second: Tensor) -> bool:
    """Whether functions (batch,) of y have no slope along lines, and these second derivatives."""

    def errors() -> Iterator[Tensor]:
        for step in _steps(y, along):
            ahead, behind, here = (function(y + side * step[:, None] * along) for side in (1, -1, 0))
            slope = (ahead - behind).abs() / step
            yield ((ahead + behind - 2 * here) / step**2 - second).abs() + slope * _size(y, along)

    return _one_fits(errors(), second)


def slope_fits(lowered: Lowered, y: Tensor) -> bool:
    """Whether torch's derivative of the Fisher information is that of its values."""
    along = y.roll(1, 0) - y

    def squared(moved: Tensor) -> Tensor:
        return (along * lowered(moved, along)).sum(1)

    with ONE_AT_A_TIME, torch.enable_grad():
        value, slope = (found.detach() for found in torch.func.jvp(squared, (y,), (along,)))
    share = _size(y, along)

    def errors() -> Iterator[Tensor]:
        for step in _steps(y, along):
            ahead, behind = (squared(y + side * step[:, None] * along) for side in (1, -1))
            yield ((ahead - behind) / (2 * step) - slope).abs()

    return _one_fits(errors(), torch.maximum(slope.abs(), value * share))


def _size(y: Tensor, along: Tensor) -> Tensor:
    """By how much of itself a point moves, (batch,)."""
    return along.norm(dim=1) / y.norm(dim=1).clamp(min=torch.finfo(y.dtype).tiny)


def _steps(y: Tensor, along: Tensor) -> Iterator[Tensor]:
    """Of which a line is to be gone so that so much of the coordinates changes, (batch,)."""
    share = _size(y, along)
    yield from (step / torch.where(share > 0, share, 1.0) for step in _STEPS)


def _one_fits(errors: Iterator[Tensor], scale: Tensor) -> bool:
    least = torch.stack([torch.nan_to_num(error, nan=math.inf) for error in errors]).amin(0)
    return bool((least <= _AGREES * scale).all())
