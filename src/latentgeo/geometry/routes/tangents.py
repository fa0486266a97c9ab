"""Forward mode, one thread at a time, with cheaper rules than torch's own for the maps that decoders are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from latentgeo.torch_faults import ONE_AT_A_TIME, SUBSTITUTES

__all__ = ["CheapTangents", "Substituted", "forward_mode", "tanh"]

# linear in the first argument; of the others the second is the weight, the third the bias if there is one
_LINEAR: set[Callable[..., Any]] = {
    F.linear, F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d,
    torch.matmul, torch.mm, Tensor.matmul, Tensor.__matmul__, Tensor.mm,
}  # fmt: skip
_TANH: set[Callable[..., Any]] = {torch.tanh, Tensor.tanh}


@contextmanager
def forward_mode() -> Iterator[bool]:
    """Forward mode to this thread alone, gradients switched on; gives whether they were before.

    Without them torch differentiates SiLU and Mish by kernels that have no forward mode of their own.
    """
    before = torch.is_grad_enabled()
    with ONE_AT_A_TIME, torch.enable_grad():
        yield before


class Substituted(TorchFunctionMode):
    """Inside, torch functions whose derivatives torch has wrong are computed from others; see `torch_faults`."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return SUBSTITUTES.get(func, func)(*args, **(kwargs or {}))


class CheapTangents(Substituted):
    """Inside, torch.func.jvp pushes a tangent through a linear map by that map alone.

    torch's rule also multiplies the primal by the weight's tangent, which is made of zeros where the weight has none:
    one product in three of a Jacobian-vector product (torch 2.13). Values are the same.
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if kwargs or not args or not (func in _LINEAR or func in _TANH):
            return super().__torch_function__(func, types, args, kwargs)
        primal, tangent = forward_ad.unpack_dual(args[0])
        if tangent is None or any(_moves(argument) for argument in args[1:]):
            return func(*args)
        if func in _TANH:
            h = tanh(primal)
            return forward_ad.make_dual(h, (1 - h * h) * tangent)
        weight, rest = args[1], args[2:]
        without_bias = (None, *rest[1:]) if rest else ()
        return forward_ad.make_dual(func(primal, weight, *rest), func(tangent, weight, *without_bias))


def tanh(a: Tensor) -> Tensor:
    """tanh as 1 - 2 / (1 + exp(2 a)): on a CPU, torch's exponential is several times faster than its tanh.

    The error is that of rounding a number near 1, also where tanh is small: right for what multiplies weights.
    """
    return torch.tanh(a) if a.device.type != "cpu" else torch.rsub(torch.sigmoid(-2 * a), 1, alpha=2)


def _moves(argument: object) -> bool:
    return isinstance(argument, Tensor) and forward_ad.unpack_dual(argument).tangent is not None
