"""Arrays as text within a page: 16-bit floats over a common scale, base64."""

import base64
from typing import Any

import numpy as np

__all__ = ["halved", "packed", "restored"]

# what the largest number becomes: far from the largest that 16 bits hold, and even farther from the smallest
_LARGEST = 2.0**14


def halved(values: np.ndarray) -> dict[str, Any]:
    """An array as 16-bit floats times a scale; eight digits below the largest number there is still a full precision.

    Returns:
        shape, scale and the numbers in base64, little-endian: JSON-able; see `restored`.
    """
    largest = float(np.abs(values).max(initial=0.0))
    scale = largest / _LARGEST or 1.0
    return {"shape": list(values.shape), "scale": scale, "f16": _text((values / scale).astype("<f2"))}


def packed(values: np.ndarray, dtype: str = "<f4") -> dict[str, Any]:
    """An array as it is, in little-endian numbers of one type: JSON-able."""
    return {"shape": list(values.shape), dtype.lstrip("<").replace("f4", "f32"): _text(values.astype(dtype))}


def restored(halves: dict[str, Any]) -> np.ndarray:
    """The array that a page reads from what `halved` made, in float64."""
    numbers = np.frombuffer(base64.b64decode(halves["f16"]), dtype="<f2").astype(float)
    return halves["scale"] * numbers.reshape(halves["shape"])


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")
