"""Coordinates for the distributions of a family, and the Fisher information in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution

__all__ = ["Chart", "Lowered", "by_logits", "is_fixed", "of_each", "root"]

Lowered = Callable[[Tensor, Tensor], Tensor]
"""(y, dy), coordinates and velocities (batch, numbers), to I(y) dy: the Fisher information times the velocity."""


@dataclass(frozen=True)
class Chart:
    """How a family's distributions are told by numbers.

    Attributes:
        name: Of the family and the coordinates, for messages.
        coordinates: A distribution to (batch, *numbers).
        lowered: What the Fisher information makes of velocities; None where it is the identity, so that lengths are
            Euclidean ones of the coordinates.
        cost: How many numbers each coordinate takes meanwhile, roughly.
    """

    name: str
    coordinates: Callable[[Any], Tensor]
    lowered: Lowered | None = None
    cost: int = 1


def of_each(numbers: int, lowered: Lowered) -> Lowered:
    """The same for all outputs, each of so many numbers (batch, outputs, numbers), from that for one."""

    def of_all(y: Tensor, dy: Tensor) -> Tensor:
        return lowered(y.unflatten(1, (-1, numbers)), dy.unflatten(1, (-1, numbers))).flatten(1)

    return of_all


def by_logits(of: Distribution) -> bool:
    """Whether a distribution was made of logits, not of probabilities; torch makes either of the other when asked."""
    own = vars(getattr(of, "_categorical", of))
    return "logits" in own and own.get("_param") is own["logits"]


def is_fixed(parameter: Tensor) -> bool:
    """Whether a parameter (batch, ...) is one number or one weight for all points, broadcast: the same memory."""
    return parameter.shape[0] > 1 and parameter.stride(0) == 0


def root(x: Tensor) -> Tensor:
    """The square root, whose derivative at zero is zero: of what has underflowed, not infinity."""
    positive = x > 0
    return torch.where(positive, torch.where(positive, x, 1.0).sqrt(), 0.0)
