"""Where the weights and the choices of a generated decoder come from: one number, whatever the dtype."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

__all__ = ["WIDTH", "Apply", "Draw", "Kind", "Part"]

Item = TypeVar("Item")

WIDTH = 8
"""Numbers that each part of a decoder takes and gives for every point."""


class Kind(Enum):
    """How good a part is, from best to worst; a decoder is as good as its worst part."""

    SMOOTH = 0
    KINKED = 1
    """Continuous, with derivatives that jump: a right answer, unless a kink is near."""
    ODD = 2
    """A right answer or a refusal."""
    REFUSED = 3
    """It jumps, draws, mixes its batch, or has no floating point output: no answer is right."""


class Draw:
    """Weights and choices; weights are drawn in float32, so that both dtypes have the same."""

    def __init__(self, number: int, dtype: torch.dtype) -> None:
        self.random = random.Random(number)
        self.generator = torch.Generator().manual_seed(number)
        self.dtype = dtype

    def tensor(self, *shape: int, scale: float = 1.0) -> Tensor:
        return (torch.randn(shape, generator=self.generator, dtype=torch.float32) * scale).to(self.dtype)

    def square(self) -> Tensor:
        return self.tensor(WIDTH, WIDTH, scale=WIDTH**-0.5)

    def choice(self, items: Sequence[Item]) -> Item:
        return self.random.choice(items)


@dataclass(frozen=True)
class Part:
    """A map (batch, WIDTH) -> (batch, WIDTH) by name."""

    name: str
    make: Callable[[Draw], Callable[[Tensor], Any]]
    kind: Kind = Kind.SMOOTH


class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.inner = function

    def forward(self, z: Tensor) -> Any:
        return self.inner(z)
