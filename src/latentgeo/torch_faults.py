"""What torch differentiates wrongly or not at all, and what is computed in its place: the only module that knows.

Each entry has its smallest reproduction in tests/unit/latentgeo/test_torch_faults.py, as a test that fails when torch
mends it; then the entry can go. Faults that have no entry are found by the probe of a decoder, which takes another
route to its derivatives then (`latentgeo.geometry.routes.choice`).
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from latentgeo.errors import DecoderError

__all__ = ["ONE_AT_A_TIME", "SUBSTITUTES", "refuse_nested_forward_mode"]

ONE_AT_A_TIME = threading.RLock()
"""Held while torch differentiates a decoder: torch 2.13 counts the levels of forward mode once for all threads, so that
two at a time end in errors or in wrong values."""


def refuse_nested_forward_mode(levels: int, name: str) -> None:
    """Forward mode within forward mode, of a torch.autograd.Function: torch 2.13 loses the outer tangent.

    Raises:
        DecoderError: There is more than one level.
    """
    if levels > 1:
        raise DecoderError(
            f"the decoder's derivatives by {name} have no forward mode within forward mode (torch.func.jvp, jacfwd): "
            "take the inner or the outer one in reverse (torch.func.grad, jacrev), or metric.jet"
        )


def _layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    *_: Any,
) -> Tensor:
    """Layer norm from its definition: torch 2.13 takes mean and deviation for constants in second derivatives."""
    normed = _standardised(input, tuple(range(-len(normalized_shape), 0)), eps)
    normed = normed if weight is None else normed * weight
    return normed if bias is None else normed + bias


def _instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Instance norm from its definition: the same fault as layer norm's."""
    if not use_input_stats:
        return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    normed = _standardised(input, tuple(range(2, input.ndim)), eps)
    channels = (-1, *[1] * (input.ndim - 2))
    normed = normed if weight is None else normed * weight.view(channels)
    return normed if bias is None else normed + bias.view(channels)


def _group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    *_: Any,
) -> Tensor:
    """Group norm from its definition: torch 2.13's forward mode refuses channels that come last in memory."""
    normed = _standardised(input.reshape(len(input), num_groups, -1), (2,), eps).reshape(input.shape)
    channels = (-1, *[1] * (input.ndim - 2))
    normed = normed if weight is None else normed * weight.view(channels)
    return normed if bias is None else normed + bias.view(channels)


def _glu(input: Tensor, dim: int = -1) -> Tensor:
    """A gated linear unit from its definition: torch 2.13 knows no second derivative of the forward-mode one."""
    value, gate = input.chunk(2, dim)
    return value * torch.sigmoid(gate)


def _hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """A hard sigmoid from its definition: torch 2.13 knows no second derivative."""
    found = F.hardtanh(input / 6 + 0.5, 0.0, 1.0)
    return input.copy_(found) if inplace else found


def _attention(*args: Any, **kwargs: Any) -> Tensor:
    """Attention by products and a softmax: torch 2.13's fused kernel has no forward mode, and no second derivative."""
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(*args, **kwargs)


def _multi_head_attention(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor | None]:
    with sdpa_kernel(SDPBackend.MATH):
        return F.multi_head_attention_forward(*args, **kwargs)


def _standardised(input: Tensor, dims: tuple[int, ...], eps: float) -> Tensor:
    centred = input - input.mean(dims, keepdim=True)
    return centred * (centred.square().mean(dims, keepdim=True) + eps).rsqrt()


SUBSTITUTES: dict[Callable[..., Any], Callable[..., Any]] = {
    F.layer_norm: _layer_norm,
    torch.layer_norm: _layer_norm,
    F.instance_norm: _instance_norm,
    F.group_norm: _group_norm,
    torch.group_norm: _group_norm,
    F.glu: _glu,
    F.hardsigmoid: _hardsigmoid,
    F.scaled_dot_product_attention: _attention,
    F.multi_head_attention_forward: _multi_head_attention,
}
"""A torch function to what is called in its place, with the same arguments, while derivatives are taken."""
