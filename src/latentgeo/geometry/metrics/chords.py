"""Maps whose chords are the lengths of a metric, which solvers ask for no derivative of the metric then."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

__all__ = ["Chords", "Factor"]


@runtime_checkable
class Factor(Protocol):
    """What squared chords are multiplied by, in a 2-D latent space; `Walled` is one."""

    def factor(self, z: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch"]:
        """Positive."""
        ...

    def factor_jet(
        self, z: Float[Tensor, "batch 2"]
    ) -> tuple[Float[Tensor, "batch 1"], tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """The factor, its first derivatives along x and y, and the second along xx and yy; that along xy is zero."""
        ...


@dataclass(frozen=True)
class Chords:
    """A map f of latent points, with G = factor J^T J, so that |f(b) - f(a)|^2 factor is a short step's squared length.

    Attributes:
        observe: Points (batch, latent) to (batch, obs), all at once.
        jacobian: Points to J, (latent, batch, obs), all at once; differentiable.
        along: Points and vectors to J v, (batch, obs); differentiable.
        factor: None where it is 1.
    """

    observe: Callable[[Tensor], Tensor]
    jacobian: Callable[[Tensor], Tensor]
    along: Callable[[Tensor, Tensor], Tensor]
    factor: Factor | None = None
