"""Directional derivatives from a decoder's values alone, for decoders that torch differentiates wrongly or not at all.

Along one direction, central differences at 11 places (`stencils`); along several, by polarisation:

    2^(k-1) k! D^k f[v_1, ..., v_k] = sum over signs s_2 ... s_k of s_2 ... s_k D^k f[v_1 + s_2 v_2 + ... + s_k v_k]^k
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import factorial, prod

import torch
from torch import Tensor

from latentgeo.errors import DecoderError
from latentgeo.geometry.routes.stencils import LADDER, PLACES, compared

__all__ = ["Differences"]

# of a derivative, and of rounding: points where the estimated error is greater than both are tried at shorter steps
_ROUGH, _ROUNDED = 1e-7, 30.0


@dataclass(frozen=True)
class Differences:
    """The source of a `Tower` that calls the decoder without gradients: 11 times 2^(k-1) points for an order k.

    Attributes:
        decoder: Latent points (batch, latent) to observations (batch, obs).
        spread: (latent, latent), the root of the covariance of latent points.
        step: The step of every order's differences, from the first, in units of the spread: the best ones that a
            probe found. Where the decoder has a kink within reach of it, shorter ones are tried.
    """

    decoder: Callable[[Tensor], Tensor]
    spread: Tensor
    step: tuple[float, ...]

    @torch.no_grad()
    def __call__(self, z: Tensor, *directions: Tensor) -> Tensor:
        order = len(directions)
        if not order:
            return self.decoder(z)
        if order > len(self.step):
            raise DecoderError(
                f"the decoder's derivatives are differences of its values, which are good for {len(self.step)} orders; "
                f"order {order} was asked for"
            )
        # of unit length, so that sums of short and long directions lose nothing
        sizes = [self._size(v) for v in directions]
        units = [v / torch.where(size > 0, size, 1) for v, size in zip(directions, sizes, strict=True)]
        parts = []
        for signs in product((1, -1), repeat=order - 1):
            along = units[0] + sum(sign * unit for sign, unit in zip(signs, units[1:], strict=True))
            parts.append(prod(signs) * self._repeated(z, along, order))
        return torch.stack(parts).sum(0) * torch.stack(sizes).prod(0) / (2 ** (order - 1) * factorial(order))

    def _repeated(self, z: Tensor, along: Tensor, order: int) -> Tensor:
        """D^k f(z)[along, ..., along]."""
        size = self._size(along)
        unit = along / torch.where(size > 0, size, 1)
        found, error, rough = self._at(z, unit, order, self.step[order - 1])
        for step in LADDER:
            if step < self.step[order - 1] and bool(rough.any()):
                # a kink is near
                again, smaller, _ = self._at(z[rough], unit[rough], order, step)
                better = smaller < error[rough]
                found[rough] = torch.where(better.unsqueeze(1), again, found[rough])
                error[rough] = torch.where(better, smaller, error[rough])
        return found * size**order

    def _at(self, z: Tensor, unit: Tensor, order: int, step: float) -> tuple[Tensor, Tensor, Tensor]:
        """Differences over one step, for each point their estimated error, and whether it is more than to be expected
        of a smooth function."""
        places = step * torch.arange(-PLACES, PLACES + 1, dtype=z.dtype, device=z.device)
        rows = z + places.view(-1, 1, 1) * unit
        values = self.decoder(rows.flatten(0, 1)).unflatten(0, (len(places), len(z)))
        found, apart = compared(values, order, step)
        apart = apart.amax(1)
        rounding = 4 * torch.finfo(values.dtype).eps * values.abs().amax((0, 2)) / step**order
        rough = (apart > _ROUGH * found.abs().amax(1)) & (apart > _ROUNDED * rounding)
        return found, apart + rounding, rough

    def _size(self, v: Tensor) -> Tensor:
        """Of directions, in units of the spread, (batch, 1)."""
        return torch.linalg.solve(self.spread.to(v), v, left=False).norm(dim=1, keepdim=True)
