"""Derivatives of a decoder: displacement along one direction, and the whole Jacobian, both in forward mode.

Tangents are pushed through by hand where the decoder is a Sequential of linear layers and pointwise activations;
anything else goes through torch.func, whose rule for what is linear in its input is replaced by one that costs half.
Both are differentiable in z and v. docs/performance.md has what was measured.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from latentgeo.decoder import Decoder, decode
from latentgeo.geometry.tangents import CheapTangents, tanh

__all__ = ["displacement", "jacobian", "plain_layers"]

_POINTWISE = (
    nn.CELU, nn.ELU, nn.GELU, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU, nn.LogSigmoid, nn.Mish, nn.ReLU, nn.SELU,
    nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Tanh, nn.Tanhshrink,
)  # fmt: skip


def displacement(
    decoder: Decoder,
    z: Float[Tensor, "batch latent"],
    v: Float[Tensor, "batch latent"],
    layers: Sequence[nn.Module] | None = None,
) -> Float[Tensor, "batch obs"]:
    """J(z) v, the velocity in observation space of a latent point z that moves with velocity v.

    Args:
        decoder: Latent points to observations.
        z: Latent points.
        v: One direction for each point.
        layers: The result of `plain_layers(decoder)`, for the fast path.
    """
    if layers is None:
        return _along(decoder, z, v)
    return _push(layers, z, v.unsqueeze(0)).squeeze(0)


def jacobian(
    decoder: Decoder, z: Float[Tensor, "batch latent"], layers: Sequence[nn.Module] | None = None
) -> Float[Tensor, "latent batch obs"]:
    """The decoder's Jacobian, one tangent for each latent direction; the latent axis comes first.

    All directions share one pass over the decoder: there is no loop over outputs.
    """
    basis = torch.eye(z.shape[1], dtype=z.dtype, device=z.device).unsqueeze(1)
    if layers is not None:
        return _push(layers, z, basis)
    return torch.func.vmap(lambda direction: _along(decoder, z, direction.expand_as(z)))(basis)


def plain_layers(decoder: Decoder) -> list[nn.Module] | None:
    """The decoder's layers if it is a (nested) Sequential of linear layers and pointwise activations, else None."""
    if isinstance(decoder, nn.Sequential):
        layers: list[nn.Module] = []
        for module in decoder:
            inner = plain_layers(module)
            if inner is None:
                return None
            layers += inner
        return layers
    if not isinstance(decoder, nn.Module) or decoder._forward_hooks or decoder._forward_pre_hooks:
        return None
    if isinstance(decoder, nn.Identity) or (isinstance(decoder, nn.Dropout) and not decoder.training):
        return []
    # exact types: a subclass may compute something else
    return [decoder] if type(decoder) is nn.Linear or type(decoder) in _POINTWISE else None


def _along(decoder: Decoder, z: Tensor, v: Tensor) -> Tensor:
    # forward mode refuses points that share their memory, as expanded ones do
    with CheapTangents():
        return torch.func.jvp(lambda point: decode(decoder, point), (z.contiguous(),), (v,))[1]


def _push(layers: Sequence[nn.Module], h: Tensor, tangents: Tensor) -> Tensor:
    """Push tangents (directions, batch or 1, width) along the activations of h (batch, width)."""
    last = len(layers) - 1
    for position, layer in enumerate(layers):
        if isinstance(layer, nn.Linear):
            # the primal is not needed after the last linear layer
            h = h if position == last else F.linear(h, layer.weight, layer.bias)
            tangents = F.linear(tangents, layer.weight)
        else:
            h, slope = _slope(layer, h)
            tangents = slope * tangents
    return tangents.expand(-1, h.shape[0], -1)


def _slope(activation: nn.Module, a: Tensor) -> tuple[Tensor, Tensor]:
    """A pointwise activation's value and derivative at a."""
    if isinstance(activation, nn.Tanh):
        h = tanh(a)
        return h, 1 - h * h
    if isinstance(activation, nn.Sigmoid):
        h = torch.sigmoid(a)
        return h, h * (1 - h)
    if isinstance(activation, nn.SiLU):
        s = torch.sigmoid(a)
        h = a * s
        return h, torch.addcmul(s, h, 1 - s)
    value, slope = torch.func.jvp(activation, (a,), (torch.ones_like(a),))[:2]
    return value, slope
