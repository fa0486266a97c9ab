"""Rows of numbers from one seed's tables (pairs.csv, sweep.csv, scores.json), a row a pair.

Every function takes the artifacts of one seed by file name and raises KeyError, naming what is missing, where a
path, a metric or a column is not there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "length_and_angle",
    "one_path",
    "score",
    "select",
    "shown_pair",
    "sweep_two_paths",
    "two_metrics",
    "two_paths",
    "velocity_peak",
    "velocity_peaks",
]

Artifacts = Mapping[str, Any]


def select(frame: pd.DataFrame, path: str, metric: str) -> pd.DataFrame:
    """The rows of one path under one metric, indexed by pair.

    Raises:
        KeyError: There are none.
    """
    rows = frame.loc[(frame["path"] == path) & (frame["metric"] == metric)]
    if rows.empty:
        raise KeyError(f"path {path!r} under the {metric} metric")
    return rows.set_index("pair").sort_index()


def one_path(artifacts: Artifacts, path: str, metric: str, column: str = "length") -> np.ndarray:
    """A column along one path, (pairs, 1)."""
    return _column(select(artifacts["pairs.csv"], path, metric), column).to_numpy()[:, None]


def shown_pair(artifacts: Artifacts, path: str, metric: str, column: str = "length") -> np.ndarray:
    """A column of pair 0, the pair that the figures show, (1, 1)."""
    rows = select(artifacts["pairs.csv"], path, metric)
    return _column(rows, column).loc[[rows.index.min()]].to_numpy()[:, None]


def two_paths(artifacts: Artifacts, over: str, under: str, metric: str, column: str = "length") -> np.ndarray:
    """A column along two paths between the same ends, (pairs, 2)."""
    frame = artifacts["pairs.csv"]
    return _paired(_column(select(frame, over, metric), column), _column(select(frame, under, metric), column))


def two_metrics(artifacts: Artifacts, path: str, over: str, under: str, column: str) -> np.ndarray:
    """A column along the same path's two versions, one a metric, (pairs, 2)."""
    frame = artifacts["pairs.csv"]
    return _paired(_column(select(frame, path, over), column), _column(select(frame, path, under), column))


def length_and_angle(artifacts: Artifacts, path: str, metric: str) -> np.ndarray:
    """Length of a path and angle between its ends in rad, (pairs, 2)."""
    rows = select(artifacts["pairs.csv"], path, metric)
    return _paired(_column(rows, "length"), _column(rows, "angle"))


def velocity_peak(artifacts: Artifacts, path: str, metric: str) -> np.ndarray:
    """Largest over mean velocity under the raw metric along a path, (pairs, 1); 1 is an even change of the output."""
    return _peaks(select(artifacts["pairs.csv"], path, metric)).to_numpy()[:, None]


def velocity_peaks(artifacts: Artifacts, over: str, under: str, metric: str) -> np.ndarray:
    """`velocity_peak` of two paths between the same ends, (pairs, 2)."""
    frame = artifacts["pairs.csv"]
    return _paired(_peaks(select(frame, over, metric)), _peaks(select(frame, under, metric)))


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


def score(artifacts: Artifacts, key: str) -> np.ndarray:
    """A number that the seed has once, (1, 1)."""
    scores = artifacts["scores.json"]
    if scores.get(key) is None:
        raise KeyError(f"score {key!r}")
    return np.array([[float(scores[key])]])


def _column(rows: pd.DataFrame, column: str) -> pd.Series:
    if column not in rows or not rows[column].notna().to_numpy().any():
        raise KeyError(f"column {column!r}")
    return pd.Series(rows[column].to_numpy(float), index=rows.index)


def _peaks(rows: pd.DataFrame) -> pd.Series:
    return _column(rows, "max_velocity_raw") / _column(rows, "length_raw")


def _paired(first: pd.Series, second: pd.Series) -> np.ndarray:
    return pd.concat([first, second], axis=1, join="inner").to_numpy()
