"""A 2-D metric tensor with its first and second derivatives, which Newton's method needs, and how a function of the
tensor carries them on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.routes.tangents import forward_mode

__all__ = ["Jet", "carry", "entries", "matrix", "pulled_back"]


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


def carry(function: Callable[[Tensor], Tensor], jet: Jet) -> Jet:
    """The jet of function(g(z)), by second-order Taylor expansion along x, y and their diagonal; no gradient is kept.

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
    with forward_mode():
        first, second = torch.func.jvp(along, (value, slope), (slope, bend))[:2]
        value, slopes = function(jet.value).detach(), first.detach()
    xx, yy, diagonal = second.tensor_split(3)
    second = tuple(bend.detach() for bend in (xx, (diagonal - xx - yy) / 2, yy))
    return Jet(value, (slopes[:points], slopes[points : 2 * points]), second)


@torch.no_grad()
def pulled_back(derivative: Callable[..., Tensor], z: Float[Tensor, "batch 2"]) -> Jet:
    """The jet of J^T J, by the product rule from a decoder's first three derivatives.

    Args:
        derivative: (z, v_1, ..., v_k) to the decoder's directional derivative (batch, obs), for k up to 3.
        z: Latent points.
    """
    axes = [axis.expand_as(z).contiguous() for axis in torch.eye(2, dtype=z.dtype, device=z.device)]
    one = [derivative(z, axis) for axis in axes]
    xx, xy, yy = (derivative(z, axes[i], axes[j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    xxx, xxy, xyy, yyy = (
        derivative(z, *(axes[k] for k in which)) for which in ((0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1))
    )
    two = ((xx, xy), (xy, yy))

    def product(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
        return torch.einsum("ibo,jbo->bij", torch.stack(tuple(a)), torch.stack(tuple(b)))

    def symmetric(G: Tensor) -> Tensor:
        return entries(G + G.mT)

    second = (((xxx, xxy), 0, 0), ((xxy, xyy), 0, 1), ((xyy, yyy), 1, 1))
    bend_xx, bend_xy, bend_yy = (symmetric(product(three, one) + product(two[k], two[m])) for three, k, m in second)
    return Jet(
        entries(product(one, one)),
        (symmetric(product(two[0], one)), symmetric(product(two[1], one))),
        (bend_xx, bend_xy, bend_yy),
    )
