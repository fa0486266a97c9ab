"""What a metric asks of a decoder's derivatives."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

__all__ = ["Route"]


@runtime_checkable
class Route(Protocol):
    """A way to a decoder's first derivative, itself differentiable in forward and in reverse mode.

    Attributes:
        name: In a word or two: what tables and messages say.
    """

    @property
    def name(self) -> str: ...

    def along(self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch obs"]:
        """J(z) v, the velocity in observation space of a latent point z that moves with velocity v."""
        ...

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J, one tangent for each latent direction; the latent axis comes first."""
        ...
