"""What the data are coloured by: classes, an angle or another number."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from latentgeo.explorer.packed import packed

__all__ = ["Labels", "labels_part"]

Labels = Tensor | np.ndarray | Sequence[Any]

# ten colours, each in two shapes
_MOST_CLASSES = 20


def labels_part(
    labels: Labels | Mapping[str, Labels] | None, period: float | None, rows: np.ndarray, count: int
) -> Any:
    """The labels of some rows for the page, JSON-able; None without.

    Args:
        labels: One a point: integers, booleans or words are classes, floats are numbers. A mapping of one entry says
            what they are called.
        period: Of numbers that are angles.
        rows: Which of them are shown.
        count: How many points there are.

    Raises:
        ValueError: Not one label a point, labels that are not finite, more classes than can be told apart, or a period
            of classes.
    """
    if labels is None:
        return None
    if isinstance(labels, Mapping) and len(labels) != 1:
        raise ValueError(f"labels must be one array, or a mapping of one name to it; got {sorted(labels)}")
    name, given = next(iter(labels.items())) if isinstance(labels, Mapping) else ("label", labels)
    values = given.detach().cpu().numpy() if isinstance(given, Tensor) else np.asarray(given)
    if values.shape != (count,):
        raise ValueError(f"labels must be one a point of data, ({count},); got {values.shape}")
    if values.dtype.kind == "f":
        return _numbers(name, values[rows].astype(float), period)
    if period is not None:
        raise ValueError(f"period is of numbers; labels of type {values.dtype} are classes")
    names, codes = np.unique(values, return_inverse=True)
    if len(names) > _MOST_CLASSES:
        raise ValueError(
            f"labels must be of at most {_MOST_CLASSES} classes, which can be told apart; got {len(names)}; give "
            "floats where they are numbers"
        )
    shown = packed(codes.reshape(-1)[rows], "<f4")
    return {"kind": "class", "name": name, "names": [str(one) for one in names], "values": shown}


def _numbers(name: str, values: np.ndarray, period: float | None) -> dict[str, Any]:
    if not np.isfinite(values).all():
        raise ValueError(f"labels must be finite; number {int(np.argmin(np.isfinite(values)))} that is shown is not")
    if period is not None:
        if not 0 < period < float("inf"):
            raise ValueError(f"period must be positive and finite; got {period}")
        return {"kind": "phase", "name": name, "period": period, "values": packed(np.mod(values, period))}
    low, high = np.percentile(values, (1, 99))
    return {"kind": "value", "name": name, "range": [float(low), float(high)], "values": packed(values)}
