"""Arithmetic on scalars with their first and second derivatives along x, y and x + y.

Written out because nested forward mode costs thirty times as much on the few entries of a 2-D metric.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentgeo.geometry.metrics.jet import Jet

__all__ = ["Taylor", "expanded", "gathered"]


@dataclass(frozen=True)
class Taylor:
    """A scalar at points and how it changes along three directions.

    Attributes:
        value: (batch,).
        slope: First derivatives, (3, batch).
        bend: Second derivatives, (3, batch).
    """

    value: Tensor
    slope: Tensor
    bend: Tensor

    def __add__(self, other: "Taylor") -> "Taylor":
        return Taylor(self.value + other.value, self.slope + other.slope, self.bend + other.bend)

    def __sub__(self, other: "Taylor") -> "Taylor":
        return Taylor(self.value - other.value, self.slope - other.slope, self.bend - other.bend)

    def __mul__(self, other: "Taylor") -> "Taylor":
        bend = self.value * other.bend + self.bend * other.value
        return Taylor(
            self.value * other.value,
            self.value * other.slope + self.slope * other.value,
            torch.addcmul(bend, self.slope, other.slope, value=2.0),
        )

    def __truediv__(self, other: "Taylor") -> "Taylor":
        value = self.value / other.value
        slope = (self.slope - value * other.slope) / other.value
        bend = (self.bend - 2 * slope * other.slope - value * other.bend) / other.value
        return Taylor(value, slope, bend)

    def times(self, constant: Tensor) -> "Taylor":
        """Its product with what does not change, (batch,)."""
        return Taylor(self.value * constant, self.slope * constant, self.bend * constant)

    def plus(self, constant: Tensor) -> "Taylor":
        """Its sum with what does not change, (batch,)."""
        return Taylor(self.value + constant, self.slope, self.bend)


def expanded(jet: Jet) -> list[Taylor]:
    """The entries of a jet, each along x, y and x + y."""
    (gx, gy), (gxx, gxy, gyy) = jet.first, jet.second
    slope = torch.stack([gx, gy, gx + gy])
    bend = torch.stack([gxx, gyy, gxx + 2 * gxy + gyy])
    columns = range(jet.value.shape[1])
    return [Taylor(jet.value[:, k], slope[..., k], bend[..., k]) for k in columns]


def gathered(entries: Sequence[Taylor]) -> Jet:
    """The jet whose entries these are; the inverse of `expanded`."""
    value = torch.stack([entry.value for entry in entries], -1)
    gx, gy, _ = torch.stack([entry.slope for entry in entries], -1)
    xx, yy, diagonal = torch.stack([entry.bend for entry in entries], -1)
    return Jet(value, (gx, gy), (xx, (diagonal - xx - yy) / 2, yy))
