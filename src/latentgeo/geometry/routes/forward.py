"""Forward-mode differentiation of a decoder by torch.func: one pass with a tangent, whatever the decoder is made of."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.routes.tangents import CheapTangents
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["ForwardMode"]


@dataclass(frozen=True)
class ForwardMode:
    """A `Route` by torch.func.jvp; differentiable in z and v. One thread at a time.

    Attributes:
        decoder: Latent points (batch, latent) to observations (batch, obs).
        cheap: Whether to replace torch's rules by cheaper and by right ones. A decoder that uses vmap or forward mode
            itself wants them untouched.
    """

    decoder: Callable[[Tensor], Tensor]
    cheap: bool = True

    @property
    def name(self) -> str:
        return "forward mode"

    def along(self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """J(z) v."""
        rules: AbstractContextManager[object] = CheapTangents() if self.cheap else nullcontext()
        # forward mode refuses points that share their memory, as expanded ones do
        with ONE_AT_A_TIME, rules:
            return torch.func.jvp(self.decoder, (z.contiguous(),), (v,))[1]

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J, all directions in one pass."""
        basis = torch.eye(z.shape[1], dtype=z.dtype, device=z.device).unsqueeze(1)
        return torch.func.vmap(lambda direction: self.along(z, direction.expand_as(z)))(basis)
