"""What is done to many pairs at once, said once for every record of them.

A record is a tensor whose first axis is the pairs, or a tuple or dataclass of records; what is no tensor is the same
for all pairs, and stays as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Int
from torch import Tensor

__all__ = ["choose", "join", "put", "select"]

Record = TypeVar("Record")


def select(record: Record, index: Int[Tensor, "some"] | Bool[Tensor, "pairs"]) -> Record:
    """Some of the pairs."""
    return _each(lambda whole: whole[index], record)


def put(record: Record, part: Record, index: Int[Tensor, "some"]) -> Record:
    """All pairs, those at the index replaced."""
    return _each(lambda whole, some: whole.index_copy(0, index, some), record, part)


def choose(accept: Bool[Tensor, "pairs"], new: Record, old: Record) -> Record:
    """The new record for the pairs that accept it, the old one for the others."""
    if bool(accept.all()):
        return new
    return _each(lambda a, b: torch.where(accept.view(-1, *[1] * (a.ndim - 1)), a, b), new, old)


def join(parts: Sequence[Record]) -> Record:
    """Batches one after the other."""
    return parts[0] if len(parts) == 1 else _each(lambda *tensors: torch.cat(tensors), *parts)


def _each(function: Callable[..., Tensor], *records: Any) -> Any:
    """A record like the first, of what the function makes of the tensors at each place of all of them."""
    first = records[0]
    if isinstance(first, Tensor):
        return function(*records)
    if isinstance(first, tuple):
        return tuple(_each(function, *parts) for parts in zip(*records, strict=True))
    if is_dataclass(first) and not isinstance(first, type):
        parts = {field.name: [getattr(record, field.name) for record in records] for field in fields(first)}
        return replace(first, **{name: _each(function, *values) for name, values in parts.items()})
    return first
