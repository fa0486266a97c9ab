"""Tensor-product cubic B-splines through the values of a metric on a regular grid."""

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["coefficients", "weights"]


def coefficients(values: Tensor, around: tuple[bool, ...] = (False, False)) -> Tensor:
    """B-spline coefficients (x + 2, y + 2, 3) of the interpolant of values (x, y, 3), positive semi-definite.

    Periodic along the axes that run around: there the last value is the first one again.
    """
    for axis in range(2):
        n = values.shape[axis]
        if around[axis]:
            values = _periodic(values.movedim(axis, 0)).movedim(0, axis)
            continue
        A = values.new_zeros(n + 2, n + 2)
        node = torch.arange(n)
        for offset, weight in enumerate((1 / 6, 4 / 6, 1 / 6)):
            A[node + 1, node + offset] = weight
        # not-a-knot: the third derivative is continuous at the second and the last but one node
        jump = values.new_tensor([1.0, -4.0, 6.0, -4.0, 1.0])
        A[0, :5], A[-1, -5:] = jump, jump
        moved = values.movedim(axis, 0)
        right = torch.cat([torch.zeros_like(moved[:1]), moved, torch.zeros_like(moved[:1])])
        values = torch.linalg.solve(A, right.flatten(1)).view(right.shape).movedim(0, axis)
    a, b, c = values.unbind(-1)
    mean, half = (a + c) / 2, (a - c) / 2
    gap = torch.hypot(half, b)
    top, bottom = (mean + gap).clamp(min=0), (mean - gap).clamp(min=0)
    centre, spread = (top + bottom) / 2, (top - bottom) / 2
    turn = torch.where(gap > 0, spread / gap.clamp(min=torch.finfo(gap.dtype).tiny), 0.0)
    clipped = torch.stack([centre + turn * half, turn * b, centre - turn * half], -1)
    return torch.where(((mean - gap) < 0).unsqueeze(-1), clipped, values)


def weights(f: Tensor, order: int) -> Tensor:
    """The four uniform cubic B-splines at f in [0, 1] of a cell, or their derivatives: (batch, 4)."""
    if order == 0:
        g = 1 - f
        square, cube = f * f, f * f * f
        return torch.stack([g * g * g, 3 * cube - 6 * square + 4, 3 * (f + square - cube) + 1, cube], 1) / 6
    if order == 1:
        return torch.stack([-((1 - f) ** 2), f * (3 * f - 4), 1 + 2 * f - 3 * f * f, f * f], 1) / 2
    return torch.stack([1 - f, 3 * f - 2, 1 - 3 * f, f], 1)


def _periodic(values: Float[Tensor, "nodes others 3"]) -> Float[Tensor, "more others 3"]:
    """Coefficients along the first axis, whose last value is left out: it is the first one again."""
    n = len(values) - 1
    A = torch.eye(n, dtype=values.dtype)
    A = (4 * A + A.roll(1, 0) + A.roll(-1, 0)) / 6
    found = torch.linalg.solve(A, values[:-1].flatten(1)).view(values[:-1].shape)
    # the coefficient before the first node, and the two after the last but one
    return torch.cat([found[-1:], found, found[:2]])
