"""What every public function does with what it is given, said once.

Arrays: NumPy arrays and lists of numbers are taken wherever a tensor of points is, and come back as tensors.
Dtype: what is solved or differentiated twice is so in float64, also where all that is given is float32; results
then are float32. A decoder is evaluated in its own dtype, see `PullbackMetric`.
Inference mode: within `torch.inference_mode` the work is done outside of it, and no gradient is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

__all__ = ["as_tensor", "in_double", "in_dtype", "outside_inference_mode", "takes_arrays"]

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_arrays(function: Function) -> Function:
    """A function or method of tensors that takes arrays and lists too, and works within inference mode."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with outside_inference_mode():
            return function(*map(as_tensor, args), **{name: as_tensor(value) for name, value in kwargs.items()})

    return called  # pyright: ignore[reportReturnType]


def in_double(function: Function) -> Function:
    """As `takes_arrays`, and float32 where no float64 is given is solved in float64; what is returned is float32."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with outside_inference_mode():
            given, named = (
                [as_tensor(value) for value in args],
                {name: as_tensor(value) for name, value in kwargs.items()},
            )
            dtypes = {dtype for value in (*given, *named.values()) for dtype in _dtypes(value)}
            if dtypes != {torch.float32}:
                return function(*given, **named)
            given = [in_dtype(value, torch.float64) for value in given]
            named = {name: in_dtype(value, torch.float64) for name, value in named.items()}
            return in_dtype(function(*given, **named), torch.float32)

    return called  # pyright: ignore[reportReturnType]


def in_dtype(value: Any, dtype: torch.dtype) -> Any:
    """A tensor, a curve, a record or a list of these in another dtype; anything else as it is."""
    if isinstance(value, Tensor):
        return value.to(dtype) if value.dtype in (torch.float32, torch.float64) else value
    if hasattr(value, "in_dtype"):
        return value.in_dtype(dtype)
    if isinstance(value, list):
        return [in_dtype(part, dtype) for part in value]
    if is_dataclass(value) and not isinstance(value, type) and hasattr(value, "outcome"):
        changed = {field.name: in_dtype(getattr(value, field.name), dtype) for field in fields(value)}
        return replace(value, **changed)
    return value


def _dtypes(value: Any) -> Iterator[torch.dtype]:
    if isinstance(value, Tensor) or hasattr(value, "in_dtype"):
        yield value.dtype
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _dtypes(part)


def as_tensor(value: Any) -> Any:
    """A tensor of an array or of a list of numbers, and of one made in inference mode outside of it; else the value."""
    if isinstance(value, Tensor):
        return value.clone() if value.is_inference() and not torch.is_inference_mode_enabled() else value
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return torch.as_tensor(value.astype(value.dtype.newbyteorder("=")))
    if isinstance(value, list) and value:
        if (_is_number(value[0]) or isinstance(value[0], list)) and _all_numbers(value):
            return as_tensor(np.asarray(value))
        if any(isinstance(part, np.ndarray | list) for part in value):
            return [as_tensor(part) for part in value]
    return value


def _all_numbers(value: list[Any]) -> bool:
    """Whether nested lists are of numbers, and even."""
    try:
        return np.asarray(value).dtype.kind in "fiu"
    except ValueError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@contextmanager
def outside_inference_mode() -> Iterator[None]:
    """Inference mode switched off, where it is on; gradients stay off then."""
    if not torch.is_inference_mode_enabled():
        yield
        return
    with torch.inference_mode(False), torch.no_grad():
        yield
