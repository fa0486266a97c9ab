"""Rows of numbers from one seed's tables (pairs.csv, study.csv, sweep.csv, scores.json), a row a pair.

Every function takes the artifacts of one seed by file name and raises KeyError, naming what is missing, where a
path, a metric or a column is not there. `where` says which rows: `metric` of pairs.csv, `variant` and `drawn` of
study.csv, and with `far` only pairs that are far apart.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "length_and_angle",
    "neighbours",
    "one_path",
    "options",
    "score",
    "select",
    "several_paths",
    "shorter",
    "sweep_two_paths",
    "two_columns",
    "two_metrics",
    "two_paths",
    "velocity_peak",
    "velocity_peaks",
]

Artifacts = Mapping[str, Any]


def options(read: Callable[..., np.ndarray]) -> dict[str, bool]:
    """The options of a function of this kind, those of `where` among them, and whether it must be given each."""
    taken = list(inspect.signature(read).parameters.values())[1:]
    if taken and taken[-1].kind is taken[-1].VAR_KEYWORD:
        taken[-1:] = [one for one in inspect.signature(_rows).parameters.values() if one.default is not one.empty]
    return {one.name: one.default is one.empty for one in taken}


def select(frame: pd.DataFrame, path: str, metric: str | None = None, **where: str) -> pd.DataFrame:
    """The rows of one path, indexed by pair.

    Args:
        frame: Rows of pairs.csv or study.csv.
        path: The path's name.
        metric: Only this one's; of all by default, where `where` says which.
        where: What further columns have to be, e.g. `variant`.

    Raises:
        KeyError: There are none.
    """
    wanted = {"path": path, **({"metric": metric} if metric else {}), **where}
    chosen = np.logical_and.reduce([frame[column].to_numpy() == value for column, value in wanted.items()])
    if not chosen.any():
        under = f" under the {metric} metric" if metric else ""
        raise KeyError(f"path {path!r}{under}" + "".join(f", {column} {value!r}" for column, value in where.items()))
    return frame.iloc[np.flatnonzero(chosen)].set_index("pair").sort_index()


def one_path(
    artifacts: Artifacts, path: str, column: str = "length", among: str | None = None, **where: Any
) -> np.ndarray:
    """A column along one path, (pairs, 1); of those pairs only that have the path `among` as well, if it is given."""
    found = _column(_rows(artifacts, path, **where), column)
    if among is not None:
        found = found.loc[found.index.isin(_rows(artifacts, among, **where).index)]
    return found.to_numpy()[:, None]


def two_paths(artifacts: Artifacts, over: str, under: str, column: str = "length", **where: Any) -> np.ndarray:
    """A column along two paths between the same ends, (pairs, 2)."""
    return several_paths(artifacts, (over, under), column, **where)


def several_paths(artifacts: Artifacts, paths: Sequence[str], column: str = "length", **where: Any) -> np.ndarray:
    """A column along paths between the same ends, of the pairs that have all of them, (pairs, paths)."""
    return _paired(*(_column(_rows(artifacts, path, **where), column) for path in paths))


def two_metrics(artifacts: Artifacts, path: str, over: str, under: str, column: str, far: bool = False) -> np.ndarray:
    """A column along the same path's two versions, one a metric, (pairs, 2)."""
    return _paired(*(_column(_rows(artifacts, path, metric, far=far), column) for metric in (over, under)))


def two_columns(artifacts: Artifacts, path: str, x: str, y: str = "length", **where: Any) -> np.ndarray:
    """Two columns along one path, (pairs, 2)."""
    rows = _rows(artifacts, path, **where)
    return _paired(_column(rows, y), _column(rows, x))


def length_and_angle(artifacts: Artifacts, path: str, **where: Any) -> np.ndarray:
    """Length of a path and angle between its ends in rad, (pairs, 2)."""
    return two_columns(artifacts, path, "angle", **where)


def shorter(artifacts: Artifacts, path: str, than: str, apart: float = 0.0, **where: Any) -> np.ndarray:
    """1 where a path is shorter than another between the same ends, else 0, (pairs, 1).

    Args:
        artifacts: Of one seed.
        path: The path.
        than: The other one.
        apart: Only pairs whose poses are more than this angle apart, in rad.
        where: Which rows.

    Raises:
        KeyError: A path or the column `angle` is missing.
    """
    rows, others = _rows(artifacts, path, **where), _rows(artifacts, than, **where)
    both = _paired(_column(rows, "length"), _column(others, "length"))
    if apart:
        far = _paired(_column(rows, "angle"), _column(others, "angle"))
        both = both[far[:, 0] > apart]
    return (both[:, :1] < both[:, 1:]).astype(float)


def velocity_peak(artifacts: Artifacts, path: str, **where: Any) -> np.ndarray:
    """Largest over mean velocity under the raw metric along a path, (pairs, 1); 1 is an even change of the output."""
    return _peaks(_rows(artifacts, path, **where)).to_numpy()[:, None]


def velocity_peaks(artifacts: Artifacts, over: str, under: str, **where: Any) -> np.ndarray:
    """`velocity_peak` of two paths between the same ends, (pairs, 2)."""
    return _paired(*(_peaks(_rows(artifacts, path, **where)) for path in (over, under)))


def sweep_two_paths(artifacts: Artifacts, over: str, under: str) -> np.ndarray:
    """Lengths at each multiplier of the sweep but 0: one path's columns, then the other's, (pairs, 2 multipliers)."""
    frame = artifacts["sweep.csv"]
    frame = frame[frame["lambda_multiplier"] > 0]
    halves = [
        frame[frame["path"] == path].pivot(index="pair", columns="lambda_multiplier", values="length")
        for path in (over, under)
    ]
    if halves[0].empty or halves[1].empty:
        raise KeyError(f"paths {over!r} and {under!r} at a multiplier above 0")
    return np.concatenate([half.to_numpy() for half in halves], axis=1)


def neighbours(artifacts: Artifacts, metric: str) -> np.ndarray:
    """Share of each point's nearest neighbours that have its class, by geodesic and by latent distance, (points, 2)."""
    frame = artifacts["neighbours.csv"]
    rows = frame[frame["metric"] == metric]
    if rows.empty:
        raise KeyError(f"the {metric} metric")
    return rows[["geodesic", "euclidean"]].to_numpy()


def score(artifacts: Artifacts, key: str) -> np.ndarray:
    """A number that the seed has once, (1, 1)."""
    scores = artifacts["scores.json"]
    if scores.get(key) is None:
        raise KeyError(f"score {key!r}")
    return np.array([[float(scores[key])]])


def _rows(
    artifacts: Artifacts,
    path: str,
    metric: str | None = None,
    variant: str | None = None,
    drawn: str = "uniform",
    far: bool = False,
) -> pd.DataFrame:
    """A path's rows under a metric of pairs.csv, or of a variant of study.csv; those of far pairs alone if asked."""
    if variant is None:
        rows = select(artifacts["pairs.csv"], path, metric)
    else:
        rows = select(artifacts["study.csv"], path, metric, variant=variant, drawn=drawn)
    return rows.iloc[np.flatnonzero(_column(rows, "far") == 1)] if far else rows


def _column(rows: pd.DataFrame, column: str) -> pd.Series:
    # no row at all is no fault: a seed may have no far pair
    if column not in rows or (len(rows) and not rows[column].notna().to_numpy().any()):
        raise KeyError(f"column {column!r}")
    return pd.Series(rows[column].to_numpy(float), index=rows.index)


def _peaks(rows: pd.DataFrame) -> pd.Series:
    return _column(rows, "max_velocity_raw") / _column(rows, "length_raw")


def _paired(*found: pd.Series) -> np.ndarray:
    return pd.concat(found, axis=1, join="inner").to_numpy()
