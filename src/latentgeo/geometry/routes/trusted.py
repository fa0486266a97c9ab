"""Functions of latent points that are not decoders, such as a metric in closed form, with derivatives to be trusted."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import DecoderError
from latentgeo.geometry.routes.choice import right_function
from latentgeo.geometry.transforms import untransformed
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["Trusted", "around"]

# points to hold derivatives at, where the caller's serve
_PROBES = 4
# of the largest deviation: a direction in which points do not spread
_FLAT = 1e-12


class Trusted:
    """A function whose derivatives by torch are held against differences of its values, at the first points it is
    given.

    Where they disagree, torch is made to differentiate it by another route, and where no route agrees it is refused.
    Functions that are not smooth, or not finite, there are left to torch: whoever asks only for values may have them.

    Args:
        function: Points (batch, latent) to a tensor (batch, ...), each point on its own.
        name: What it is called in messages.
    """

    def __init__(self, function: Callable[[Tensor], Any], name: str) -> None:
        self.function = function
        self._name = name
        self._right: Callable[[Tensor], Tensor] | None = None
        self._probed = False

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Any:
        # the function may use forward mode itself
        with ONE_AT_A_TIME:
            if not self._probed and len(z):
                self._probe(z)
            if self._right is None:
                return self.function(z)
            with torch.no_grad():
                shape = self.function(z[:1].detach()).shape[1:]
            return self._right(z).view(-1, *shape)

    def _probe(self, z: Tensor) -> None:
        self._probed = True
        with untransformed(z) as plain:
            value = self._rows(plain)
            if value is None or not bool(torch.isfinite(value).all()):
                # what is wrong with it is the caller's to say; a hole may be where no one asks for derivatives
                self._probed = value is None
                return
            points, spreads = around(plain)
            if self._rows(points) is None:
                return
            try:
                self._right = right_function(lambda rows: self.function(rows).reshape(len(rows), -1), points, spreads)
            except DecoderError as error:
                raise ValueError(f"{self._name}: {error}") from error

    def _rows(self, z: Tensor) -> Tensor | None:
        """Values at points; None from what is no function of each point alone."""
        value = self.function(z)
        proper = isinstance(value, Tensor) and value.shape[:1] == z.shape[:1] and value.dtype == z.dtype
        return value if proper else None


def around(z: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Distinct points at and near some of the caller's, and how these spread, as `check_decoder` has it: all together,
    along each axis, or like standard normal ones."""
    z = z.detach()
    chosen = z[torch.linspace(0, len(z) - 1, _PROBES, device=z.device).round().long()]
    spreads = [spread.to(z) for spread in _spreads(z.double())]
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2 * _PROBES, z.shape[1], generator=generator, dtype=torch.float64).to(z)
    return torch.cat([chosen, chosen]) + noise @ spreads[0] * torch.finfo(z.dtype).eps ** 0.25, spreads


def _spreads(z: Tensor) -> list[Tensor]:
    """Roots of covariances; a direction without any is taken for as narrow as the narrowest one that has."""
    one = torch.eye(z.shape[1]).to(z)
    centred = (z - z.mean(0)) / len(z) ** 0.5
    if not bool(torch.isfinite(centred).all()) or not bool(centred.any()):
        return [one]
    size, vector = torch.linalg.svd(centred, full_matrices=len(z) < z.shape[1])[1:]
    size = torch.cat([size, size.new_zeros(z.shape[1] - len(size))])
    size = size.clamp(min=float(size[size > _FLAT * size[0]].min()))
    axes = centred.square().sum(0).sqrt()
    return [(vector.T * size) @ vector, torch.where(axes > 0, axes, 1.0).diag(), one]
