"""A 2-D metric tensor with its first and second derivatives, which Newton's method needs, and how a function of the
tensor carries them on."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["Jet", "carry", "entries", "matrix"]


@dataclass(frozen=True)
class Jet:
    """G and its derivatives at points, each as the three entries (batch, 3): G_xx, G_xy, G_yy.

    Attributes:
        value: G.
        first: dG/dx and dG/dy.
        second: d2G/dx2, d2G/dxdy and d2G/dy2.
    """

    value: Tensor
    first: tuple[Tensor, Tensor]
    second: tuple[Tensor, Tensor, Tensor]


def entries(G: Float[Tensor, "batch 2 2"]) -> Float[Tensor, "batch 3"]:
    """G_xx, G_xy and G_yy."""
    return torch.stack([G[:, 0, 0], (G[:, 0, 1] + G[:, 1, 0]) / 2, G[:, 1, 1]], 1)


def matrix(entries: Float[Tensor, "batch 3"]) -> Float[Tensor, "batch 2 2"]:
    """The symmetric matrix of three entries."""
    return entries[:, [0, 1, 1, 2]].view(-1, 2, 2)


@torch.enable_grad()
def carry(function: Callable[[Tensor], Tensor], jet: Jet) -> Jet:
    """The jet of function(g(z)), by second-order Taylor expansion along x, y and their diagonal; no gradient is kept.

    Without gradients switched on torch would differentiate SiLU and Mish by kernels that have no forward mode.

    Args:
        function: Of rows, each on its own; twice differentiable in forward mode.
        jet: Of g, of any number of entries.
    """
    points = len(jet.value)
    (gx, gy), (gxx, gxy, gyy) = jet.first, jet.second
    value = jet.value.repeat(3, 1)
    slope = torch.cat([gx, gy, gx + gy])
    bend = torch.cat([gxx, gyy, gxx + 2 * gxy + gyy])

    def along(first_argument: Tensor, direction: Tensor) -> Tensor:
        return torch.func.jvp(function, (first_argument,), (direction,))[1]

    # d/de of DF(g(e))[g'(e)] with g' = slope, g'' = bend
    first, second = torch.func.jvp(along, (value, slope), (slope, bend))[:2]
    xx, yy, diagonal = second.tensor_split(3)
    value, slopes = function(jet.value).detach(), first.detach()
    second = tuple(bend.detach() for bend in (xx, (diagonal - xx - yy) / 2, yy))
    return Jet(value, (slopes[:points], slopes[points : 2 * points]), second)
