"""Derivatives of every order from one that torch need not differentiate: the directional derivatives of a function.

The derivative of D^k f(z)[v_1, ..., v_k] along (dz, dv_1, ...) is D^(k+1) f(z)[dz, v_1, ..., v_k] plus the sum of what
each v_i exchanged for dv_i gives: again directional derivatives. So forward and reverse mode of any order, and any
mixture of the two, ask for nothing but these.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.transforms import forward_levels
from latentgeo.torch_faults import refuse_nested_forward_mode

__all__ = ["Directional", "Tower"]

Directional = Callable[..., Tensor]
"""(z, v_1, ..., v_k), each (batch, latent), to D^k f(z)[v_1, ..., v_k], (batch, obs); no gradient is asked of it."""


class Tower:
    """A function, and a `Route` to its derivatives, that torch differentiates by a source of directional derivatives.

    Args:
        source: The directional derivatives of every order that will be asked for.
        name: Of the route.

    Warning:
        The results depend on latent points alone: no gradient reaches the decoder's weights.
    """

    def __init__(self, source: Directional, name: str) -> None:
        self.source = source
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """f(z)."""
        return _apply(self.source, z)

    def along(self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """J(z) v."""
        refuse_nested_forward_mode(forward_levels(), self.name)
        return _apply(self.source, z, v)

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J, all directions side by side."""
        refuse_nested_forward_mode(forward_levels(), self.name)
        return _in_all_directions(self.source, z, ())


class _Derivative(torch.autograd.Function):
    """D^k f(z)[v_1, ..., v_k] as torch sees it."""

    @staticmethod
    def forward(source: Directional, *rows: Tensor) -> Tensor:
        return source(*(row.detach() for row in rows)).detach()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.source = inputs[0]
        ctx.save_for_backward(*inputs[1:])
        ctx.save_for_forward(*inputs[1:])

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        z, *directions = ctx.saved_tensors
        slots = [tuple(directions)] + [(*directions[:k], *directions[k + 1 :]) for k in range(len(directions))]
        return None, *(
            (_in_all_directions(ctx.source, z, others) * pull).sum(2).T if needed else None
            for others, needed in zip(slots, ctx.needs_input_grad[1:], strict=True)
        )

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Tensor | None) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        z, *directions = ctx.saved_tensors
        moved = []
        if tangents[0] is not None:
            moved.append(_apply(ctx.source, z, *directions, tangents[0]))
        for k, tangent in enumerate(tangents[1:]):
            if tangent is not None:
                moved.append(_apply(ctx.source, z, *directions[:k], tangent, *directions[k + 1 :]))
        return torch.stack(moved).sum(0)

    @staticmethod
    def vmap(  # pyright: ignore[reportIncompatibleMethodOverride]
        info: Any, in_dims: tuple[int | None, ...], source: Directional, *rows: Tensor
    ) -> tuple[Tensor, int]:
        copies = info.batch_size
        spread = [
            (row.unsqueeze(0).expand(copies, *row.shape) if at is None else row.movedim(at, 0)).flatten(0, 1)
            for row, at in zip(rows, in_dims[1:], strict=True)
        ]
        return _apply(source, *spread).unflatten(0, (copies, -1)), 0


def _apply(source: Directional, *rows: Tensor) -> Tensor:
    return _Derivative.apply(source, *rows)  # pyright: ignore[reportReturnType]


def _in_all_directions(source: Directional, z: Tensor, others: tuple[Tensor, ...]) -> Float[Tensor, "latent batch obs"]:
    """D f(z)[..., e_i] for every latent direction."""
    batch, latent = z.shape
    unit = torch.eye(latent, dtype=z.dtype, device=z.device).repeat_interleave(batch, 0)
    rows = (row.repeat(latent, 1) for row in (z, *others))
    return _apply(source, *rows, unit).unflatten(0, (latent, batch))
