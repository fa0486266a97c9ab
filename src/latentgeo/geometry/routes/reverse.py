"""Directional derivatives in reverse mode alone: two reverse passes give a Jacobian-vector product.

The gradient of w . f(z) is linear in w, and its own gradient along v is J v. This is done again for each further order.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from latentgeo.geometry.routes.tangents import Substituted
from latentgeo.geometry.routes.tower import Directional
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["by_reverse_mode"]


def by_reverse_mode(decoder: Callable[[Tensor], Tensor]) -> Directional:
    """The source of a `Tower` from a decoder (batch, latent) -> (batch, obs) that torch differentiates backwards."""

    def directional(z: Tensor, *directions: Tensor) -> Tensor:
        with ONE_AT_A_TIME, torch.enable_grad(), Substituted():
            return _derivative(decoder, z.detach().clone().requires_grad_(), directions).detach()

    return directional


def _derivative(decoder: Callable[[Tensor], Tensor], z: Tensor, directions: tuple[Tensor, ...]) -> Tensor:
    if not directions:
        return decoder(z)
    value = _derivative(decoder, z, directions[:-1])
    if not value.requires_grad:
        return torch.zeros_like(value)
    weight = torch.zeros_like(value, requires_grad=True)
    pull = torch.autograd.grad(value, z, weight, create_graph=True, materialize_grads=True)[0]
    if not pull.requires_grad:
        return torch.zeros_like(value)
    return torch.autograd.grad(pull, weight, directions[-1], create_graph=True, materialize_grads=True)[0]
