"""A wall around a box of a 2-D latent space: a decoder is flat, and the metric cheap, where it saw no data.

Without it geodesics leave the data and go round outside. The wall is soft, so that a curve may lean on it and a
gradient solver still converges.
"""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.metrics.bounds import Bounds, open_bounds
from latentgeo.geometry.metrics.chords import Chords
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods

__all__ = ["MARGIN", "Walled", "leans"]

MARGIN = 0.03
"""How far beyond the bounds the metric is still asked for, as a share of the box's width."""

_STEEPNESS = 2000.0
# of the box: a curve that comes nearer to its border than this share of the width leans on it
_TOUCHES = 1e-6
_SAMPLES = 512


class Walled(Metric):
    """A 2-D metric times 1 + 2000 d^2, d being the distance to the box in units of its width; inside it is itself.

    More than 3 % of the width beyond the bounds, the metric before the factor is that at the nearest point
    within. A periodic coordinate has no wall.

    Args:
        metric: The metric inside.
        bounds: The box.
    """

    def __init__(self, metric: Metric, bounds: Bounds) -> None:
        self.metric = metric
        box = torch.tensor(open_bounds(bounds, metric.periods), dtype=torch.float64)
        self.low, self.high = box[:, 0], box[:, 1]

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        return self.metric(self._near(z)) * self.factor(z)[:, None, None]

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        return self.metric.squared_speed(self._near(z), v) * self.factor(z)

    def chords(self) -> Chords | None:
        """Those of the metric inside, which beyond 3 % of the width go on as they are."""
        inner = self.metric.chords()
        return None if inner is None or inner.factor is not None else replace(inner, factor=self)

    @property
    def periods(self) -> Periods | None:
        return self.metric.periods

    def factor(self, z: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch"]:
        """What the metric is multiplied by: 1 inside."""
        return 1 + _STEEPNESS * self._excess(z).square().sum(1)

    def factor_jet(
        self, z: Float[Tensor, "batch 2"]
    ) -> tuple[Float[Tensor, "batch 1"], tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """The factor, its first derivatives along x and y, and the second along xx and yy; that along xy is zero."""
        excess = self._excess(z)
        width = (self.high - self.low).to(z)
        first = 2 * _STEEPNESS * excess / width
        second = 2 * _STEEPNESS * (excess != 0).to(z) / width**2
        return self.factor(z).unsqueeze(1), (first[:, :1], first[:, 1:]), (second[:, :1], second[:, 1:])

    def _excess(self, z: Tensor) -> Tensor:
        low, high = self.low.to(z), self.high.to(z)
        return (z - torch.minimum(torch.maximum(z, low), high)) / (high - low)

    def _near(self, z: Tensor) -> Tensor:
        low, high = self.low.to(z), self.high.to(z)
        margin = MARGIN * (high - low)
        return torch.minimum(torch.maximum(z, low - margin), high + margin)


@torch.no_grad()
def leans(curve: Curve, bounds: Bounds) -> Bool[Tensor, "pairs"]:
    """Which curves touch or cross the border of the box somewhere between their ends; where it is endless, none."""
    like = curve.breaks
    t = torch.linspace(0, 1, _SAMPLES, dtype=like.dtype, device=like.device)[1:-1]
    points = curve.same_path(t)
    low, high = torch.tensor(bounds).to(points).T
    width = high - low
    touch = torch.where(torch.isfinite(width), _TOUCHES * width, 0.0)
    return ((points <= low + touch) | (points >= high - touch)).any(-1).any(-1)
