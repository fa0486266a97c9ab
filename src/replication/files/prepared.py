"""A data set as `preprocess` left it: named arrays and the facts beside them, without a NaN or an infinity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from replication.files import artifacts

__all__ = ["read_prepared", "write_prepared"]


def read_prepared(data: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays of an npz and the json of the same name beside it.

    Raises:
        ValueError: An array holds a NaN or an infinity; the message names file, array and row.
    """
    arrays = artifacts.read_npz(data)
    _require_finite(data, arrays)
    return arrays, artifacts.read_json(data.with_suffix(".json"))


def write_prepared(data: Path, meta: Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
    """Write the arrays and the facts.

    Raises:
        ValueError: An array holds a NaN or an infinity; nothing is written.
    """
    _require_finite(data, arrays)
    artifacts.write_npz(data, **arrays)
    artifacts.write_json(meta, facts)


def _require_finite(data: Path, arrays: Mapping[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise ValueError(f"{data}: expected finite numbers; row {row} of {name!r} holds a NaN or an infinity")
