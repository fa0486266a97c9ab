"""Distances of the same pairs over models that were trained alike: how far they agree, and who follows the data.

After Syrota et al. 2024: a distance that means something should not change when the same model is trained again.
"""

from functools import cache

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy import ndarray

from replication.evidence import bootstrap
from replication.evidence.columns import select
from replication.files.needs import Need, Needs
from replication.workflow import config_files

__all__ = ["METRICS", "NEEDS", "lengths", "models", "per_metric", "variation", "without_scale"]

METRICS = {
    "latent": "latent distance",
    "raw": "raw",
    "smoothed": "smoothed",
    "conformal": "conformal",
    "expected": "expected, with noise",
    "ensemble": "ensemble, E[JᵀJ]",
    "members": "ensemble, members drawn",
}
"""In which distances are measured, and what they are called."""


@cache
def models() -> tuple[str, ...]:
    """The models of the study that were trained alike; with its seeds each is as many retrainings."""
    listed = config_files.variants("study").items()
    return tuple(name for name, one in listed if one.get("geometry", {}).get("retrainings"))


NEEDS = [Need(model, "retrainings.csv") for model in models()]


def per_metric(needs: Needs) -> pd.DataFrame:
    """A row a metric and path (line, geodesic).

    `cv` is the mean over pairs of a distance's coefficient of variation over the models, `cv_without_scale` the same
    where each model's distances are first divided by their mean; `steadier` the share of pairs whose `cv_without_scale`
    is below that of the latent distance; `follow` the share of curves that stay with the data, all models alike. Each
    has its 95 % interval (`_low`, `_high`): over pairs, that of `follow` over models and pairs. `converged` and
    `bounded` are shares of geodesics.
    """
    frames = [frame for model in models() for frame in needs.all(model, "retrainings.csv").values()]
    unscaled = variation(without_scale(lengths(frames, "latent", "euclidean")))
    rows = []
    for metric in METRICS:
        for path in ("euclidean", "geodesic"):
            if metric == "latent" and path == "geodesic":
                continue
            found = lengths(frames, metric, path)
            columns = {"cv": variation(found), "cv_without_scale": variation(without_scale(found))}
            columns["steadier"] = (columns["cv_without_scale"] < unscaled).astype(float)
            row: dict[str, str | int | float] = {"metric": metric, "path": path}
            row |= {"models": found.shape[0], "pairs": found.shape[1]}
            for column, values in columns.items():
                row |= _with_interval(column, [values], f"{metric} {path}")
            curves = [select(frame, path, metric) for frame in frames]
            row |= _with_interval("follow", [one["follow"].to_numpy(dtype=float) for one in curves], f"{metric} {path}")
            outcomes = np.concatenate([one["outcome"].to_numpy(dtype=str) for one in curves])
            for outcome in ("converged", "bounded"):
                row[outcome] = float(np.mean(outcomes == outcome)) if path == "geodesic" else float("nan")
            rows.append(row)
    return pd.DataFrame(rows)


def lengths(frames: list[pd.DataFrame], metric: str, path: str) -> Float[ndarray, "models pairs"]:
    """A path's lengths in every model.

    Raises:
        ValueError: The models were not measured on the same pairs.
    """
    rows = [select(frame, path, metric) for frame in frames]
    ends = [one[["row0", "row1"]].to_numpy() for one in rows]
    if any(not np.array_equal(one, ends[0]) for one in ends):
        raise ValueError("retrainings.csv: expected the same pairs of rows in every model; measure all of them again")
    return np.stack([one["length"].to_numpy() for one in rows])


def variation(lengths: Float[ndarray, "models pairs"]) -> Float[ndarray, "pairs"]:
    """Each pair's coefficient of variation: standard deviation over the models (one less in its divisor) over mean."""
    return lengths.std(axis=0, ddof=1) / lengths.mean(axis=0)


def without_scale(lengths: Float[ndarray, "models pairs"]) -> Float[ndarray, "models pairs"]:
    """Lengths over their mean in the same model: a unit that differs between models says nothing of a pair."""
    return lengths / lengths.mean(axis=1, keepdims=True)


def _with_interval(column: str, groups: list[np.ndarray], words: str) -> dict[str, float]:
    within, rows = (lambda drawn: drawn.mean(axis=-2)), [group[:, None] for group in groups]
    low, high = bootstrap.interval(bootstrap.resample(rows, within, f"retrainings {column} {words}"))
    return {column: float(bootstrap.statistic(rows, within)[0]), f"{column}_low": low, f"{column}_high": high}
