"""What torch.func does to tensors, undone: a decoder is probed by plain ones, wherever it is first called from."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch._C import _functorch  # pyright: ignore[reportAttributeAccessIssue]
from torch._functorch.pyfunctorch import retrieve_all_functorch_interpreters, temporarily_clear_interpreter_stack
from torch.autograd import forward_ad

__all__ = ["forward_levels", "gradients", "is_inside", "untransformed"]


@contextmanager
def untransformed(z: Tensor) -> Iterator[Tensor]:
    """Outside of all transforms (jvp, vmap, grad) and of inference mode; the points without what these made of them.

    Of points that vmap carries, all copies: (copies * batch, latent).
    """
    while _functorch.is_functorch_wrapped_tensor(z):
        if _functorch.is_batchedtensor(z):
            z = _functorch.get_unwrapped(z).movedim(_functorch.maybe_get_bdim(z), 0).flatten(0, 1)
        else:
            z = _functorch.get_unwrapped(z)
    with temporarily_clear_interpreter_stack(), torch.inference_mode(False), torch.no_grad():
        yield forward_ad.unpack_dual(z).primal.detach().clone()


def forward_levels() -> int:
    """How many forward-mode transforms the caller is inside of."""
    return sum(
        interpreter.key() == _functorch.TransformType.Jvp for interpreter in retrieve_all_functorch_interpreters()
    )


def gradients(wanted: bool, *points: Tensor) -> torch.set_grad_enabled:
    """Gradients off, unless they are wanted, points ask for one, or a transform may, of which tensors do not tell."""
    asked = wanted or any(p.requires_grad for p in points)
    return torch.set_grad_enabled(torch.is_grad_enabled() and (asked or is_inside()))


def is_inside() -> bool:
    """Whether the caller is inside of a transform."""
    return bool(retrieve_all_functorch_interpreters()) or forward_ad._current_level >= 0
