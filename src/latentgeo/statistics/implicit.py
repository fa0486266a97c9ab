"""The derivative of a mean or median in its points and weights, by the implicit function theorem.

At the mean F = sum of w_i s_i(p, z_i) is zero, s the derivative of d^2 / 2 or of d in p. So dp = -(dF/dp)^-1 (sum of
w_i ds_i/dz_i dz_i + s_i dw_i). The derivatives of s are central differences: 4 latent casts, when a gradient is asked.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from latentgeo.statistics.rays import Caster, Rays, divided

__all__ = ["Located"]

# of the mean latent distance
_DIFFERENCE = 3e-3


class Located(torch.autograd.Function):
    """A mean or median that was found, as a function of its points and weights."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, weights: Tensor, caster: Caster, rays: Rays, power: int) -> Tensor:
        ctx.save_for_backward(z, weights)
        ctx.caster, ctx.rays, ctx.power = caster, rays, power
        return rays.point.clone()

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *gradients: Tensor
    ) -> tuple[Tensor, Tensor, None, None, None]:
        z, weights = ctx.saved_tensors
        caster, rays, power = ctx.caster, ctx.rays, ctx.power
        (gradient,) = gradients
        at = rays.length == 0
        if power == 1 and bool(at.any()):
            # held by a point, it goes where that goes; by several, they share
            share = torch.where(at, weights, 0.0)
            return share[:, None] / share.sum() * gradient, torch.zeros_like(weights), None, None, None
        by_point, by_others = slope_derivatives(caster, rays, z, power)
        whole = torch.einsum("n,nij->ij", weights, by_point)
        pull = -divided(gradient, (whole + whole.T) / 2)
        s = summands(rays, power)
        return weights[:, None] * torch.einsum("nij,i->nj", by_others, pull), s @ pull, None, None, None


def summands(rays: Rays, power: int) -> Tensor:
    """The derivatives of d^power / power in the point that the rays leave, (points, latent)."""
    return rays.slope if power == 2 else rays.slope / rays.length[:, None]


def slope_derivatives(caster: Caster, rays: Rays, z: Tensor, power: int) -> tuple[Tensor, Tensor]:
    """Derivatives of each summand in the rays' start and in their ends, both (points, latent, latent): [slope, in]."""
    latent = z.shape[1]
    reach = torch.linalg.vector_norm(z - rays.curve(z.new_zeros(1))[:, 0], dim=1).mean()
    size = _DIFFERENCE * float(reach) or _DIFFERENCE
    starts, ends = [], []
    for shift in size * torch.eye(latent, dtype=z.dtype, device=z.device):
        there, back = (summands(caster.cast(rays.point + s, z, rays), power) for s in (shift, -shift))
        starts.append((there - back) / (2 * size))
        there, back = (summands(caster.cast(rays.point, z + s, rays, s.expand_as(z)), power) for s in (shift, -shift))
        ends.append((there - back) / (2 * size))
    return torch.stack(starts, 2), torch.stack(ends, 2)
