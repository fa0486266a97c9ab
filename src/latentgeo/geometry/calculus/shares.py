"""How far along a curve a time is, as a share of its length, and back: the time that a geodesic itself keeps."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.functionals import velocity
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["Shares"]

# cells of a curve, and Gauss-Legendre nodes in each
_CELLS, _ORDER = 32, 5
_NEWTON_STEPS = 6


class Shares:
    """Lengths along curves, measured once.

    Args:
        metric: What they are measured by.
        curve: One curve a pair.
    """

    @torch.no_grad()
    def __init__(self, metric: Metric, curve: Curve) -> None:
        self.metric, self.curve = metric, curve
        like = curve(curve.breaks.new_zeros(1)).detach()
        breaks = curve.breaks.detach().to(like).expand(len(like), -1)
        x, weight = np.polynomial.legendre.leggauss(_ORDER)
        self._nodes, self._weight = like.new_tensor((x + 1) / 2), like.new_tensor(weight / 2)
        each = math.ceil(_CELLS / (breaks.shape[1] - 1))
        part = torch.arange(each, dtype=like.dtype, device=like.device) / each
        inner = breaks[:, :-1, None] + part * breaks.diff(dim=1).unsqueeze(2)
        self.edges = torch.cat([inner.flatten(1), breaks[:, -1:]], 1)
        cells = self._length(self.edges[:, :-1], self.edges[:, 1:])
        self.reached = torch.cat([cells.new_zeros(len(cells), 1), cells.cumsum(1)], 1)

    @property
    def length(self) -> Float[Tensor, "pairs"]:
        """Of the whole curves."""
        return self.reached[:, -1]

    @torch.no_grad()
    def at(self, time: Float[Tensor, "pairs time"]) -> Float[Tensor, "pairs time"]:
        """Shares of the length that are reached at times; the time itself where the length is 0 or not finite."""
        if not time.numel():
            return time
        cell = self._cell(self.edges, time)
        found = self.reached.gather(1, cell) + self._length(self.edges.gather(1, cell), time)
        share = torch.where(self._measured, found / self.length[:, None], time).clamp(0, 1)
        return torch.where(time >= 1, 1.0, share)

    @torch.no_grad()
    def times(self, share: Float[Tensor, "pairs time"]) -> Float[Tensor, "pairs time"]:
        """Times at which shares of the length are reached, by Newton's method within a cell."""
        wanted = share * self.length[:, None]
        cell = self._cell(self.reached, wanted)
        low, high = self.edges.gather(1, cell), self.edges.gather(1, cell + 1)
        before, beyond = self.reached.gather(1, cell), self.reached.gather(1, cell + 1)
        time = low + (high - low) * _quotient(wanted - before, beyond - before)
        for _ in range(_NEWTON_STEPS):
            missing = wanted - before - self._length(low, time)
            time = (time + _quotient(missing, velocity(self.metric, self.curve, time))).clamp(low, high)
        time = torch.where(self._measured, time, share)
        return torch.where(share >= 1, 1.0, torch.where(share <= 0, 0.0, time))

    @property
    def _measured(self) -> Tensor:
        return ((self.length > 0) & torch.isfinite(self.length))[:, None]

    def _cell(self, edges: Tensor, value: Tensor) -> Tensor:
        found = torch.searchsorted(edges.contiguous(), value.contiguous(), right=True) - 1
        return found.clamp(0, edges.shape[1] - 2)

    def _length(self, start: Tensor, end: Tensor) -> Float[Tensor, "pairs time"]:
        """Of the pieces between times, none of which crosses a cell's edge."""
        t = start.unsqueeze(2) + (end - start).unsqueeze(2) * self._nodes
        phi = velocity(self.metric, self.curve, t.flatten(1)).view(t.shape)
        return (phi * self._weight).sum(2) * (end - start)


def _quotient(a: Tensor, b: Tensor) -> Tensor:
    return torch.where(b > 0, a / torch.where(b > 0, b, 1.0), 0.0)
