"""What a record says that it is: shapes of tensors and counts of outcomes, not thousands of numbers."""

from collections import Counter
from dataclasses import fields
from enum import Enum
from typing import Any

from torch import Tensor

__all__ = ["Described", "counted", "name_of"]


class Described:
    """The repr of a dataclass of tensors, which has to be made with `repr=False`."""

    def __repr__(self) -> str:
        parts = ((field.name, getattr(self, field.name)) for field in fields(self))  # pyright: ignore[reportArgumentType]
        return f"{type(self).__name__}({', '.join(f'{name}: {_words(value)}' for name, value in parts)})"


def counted(outcomes: list[Any]) -> str:
    """How many of each, the most frequent first, e.g. "9 converged, 1 bounded"."""
    return ", ".join(f"{count} {name}" for name, count in Counter(o.value for o in outcomes).most_common()) or "none"


def name_of(function: Any) -> str:
    """A callable's name: a record says itself what it is."""
    if isinstance(function, Described):
        return repr(function)
    return getattr(function, "__name__", type(function).__name__)


def _words(value: Any) -> str:
    if isinstance(value, Tensor):
        return " x ".join(map(str, value.shape)) if value.ndim else f"{value.item():.4g}"
    if isinstance(value, list) and all(isinstance(one, Enum) for one in value):
        return counted(value)
    if isinstance(value, list):
        return f"{len(value)} of them"
    return f"{value:.4g}" if isinstance(value, float) else repr(value)
