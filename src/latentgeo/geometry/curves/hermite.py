"""Piecewise cubic curves through points with given velocities."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve

__all__ = ["Hermite"]


class Hermite(Curve):
    """Cubic pieces between points with given velocities; continuously differentiable.

    Args:
        times: Increasing from 0 to 1; a curve of fewer points than others repeats its last one, with the time 1.
        points: At these times.
        velocities: At these times.
    """

    def __init__(
        self,
        times: Float[Tensor, "pairs nodes"],
        points: Float[Tensor, "pairs nodes latent"],
        velocities: Float[Tensor, "pairs nodes latent"],
    ) -> None:
        self.times, self.points, self.velocities = times, points, velocities

    @property
    def breaks(self) -> Tensor:
        return self.times

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        x, h, start, end, out, into = self._piece(t)
        points = start + x * x * (3 - 2 * x) * (end - start) + h * x * (1 - x) * ((1 - x) * out - x * into)
        return torch.where(x == 1, end, points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        x, h, start, end, out, into = self._piece(t)
        return 6 * x * (1 - x) * (end - start) / h + (1 - x) * (1 - 3 * x) * out + x * (3 * x - 2) * into

    def select(self, index: Tensor) -> "Hermite":
        return Hermite(self.times[index], self.points[index], self.velocities[index])

    def _piece(self, t: Tensor) -> tuple[Tensor, ...]:
        """The place in its piece, the piece's duration, its two points and the velocities there."""
        t = t.expand(len(self.times), t.shape[-1]).contiguous()
        # at time 1: the last piece that has a duration
        last = (self.times < 1).sum(1, keepdim=True) - 1
        left = torch.minimum(torch.searchsorted(self.times, t, right=True) - 1, last).clamp(min=0)
        t0, t1 = self.times.gather(1, left), self.times.gather(1, left + 1)
        x = ((t - t0) / (t1 - t0)).clamp(0, 1).unsqueeze(2)
        at = left.unsqueeze(2).expand(-1, -1, self.points.shape[2])
        ends = (field.gather(1, at + after) for field in (self.points, self.velocities) for after in (0, 1))
        return x, (t1 - t0).unsqueeze(2), *ends
