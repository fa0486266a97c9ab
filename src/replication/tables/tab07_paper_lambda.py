"""Which smoothing did the paper use? Where our pendulum's three mean lengths come nearest to its, and what is there."""

import numpy as np
import pandas as pd

from replication.bootstrap import interval, resample, statistic
from replication.needs import Need, Needs
from replication.sweep import lengths_at, nearest_strength

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Pendulum. At the smoothing where the three mean lengths come nearest to the paper's (least squares of their "
    "logarithms, between the steps of the sweep): lambda_s over each model's own scale, lambda_s itself (mean over "
    "the models), the means and their ratios to the geodesic, with 95 % intervals over pairs and seeds. A length "
    "alone can be had at some lambda_s whatever the metric: the ratios are what has to agree."
)
NEEDS = [Need("pendulum", "sweep.csv")]
PATHS = ("euclidean", "geodesic", "manifold")


def build(needs: Needs) -> pd.DataFrame:
    """The strength, three means and two ratios, the paper's beside ours."""
    sweeps = needs.all("pendulum", "sweep.csv")
    paper = {path: _reported(needs, path) for path in PATHS}
    multiplier = nearest_strength(sweeps, paper)
    scales = [_scale(frame) for frame in sweeps.values()]
    rows = [
        _row("lambda_s / scale", None, multiplier),
        _row("lambda_s", None, multiplier * float(np.mean(scales)), multiplier * min(scales), multiplier * max(scales)),
    ]
    groups = lengths_at(sweeps, PATHS, multiplier)
    means, replicates = statistic(groups, _mean), resample(groups, _mean, "paper's lambda")
    for column, path in enumerate(PATHS):
        rows.append(_row(f"mean, {path}", paper[path], float(means[column]), *interval(replicates[:, column])))
    geodesic = PATHS.index("geodesic")
    for column, path in enumerate(PATHS):
        if column != geodesic:
            ends = interval(replicates[:, column] / replicates[:, geodesic])
            ratio = float(means[column] / means[geodesic])
            rows.append(_row(f"{path} / geodesic", paper[path] / paper["geodesic"], ratio, *ends))
    return pd.DataFrame(rows)


def _row(
    quantity: str, paper: float | None, ours: float, low: float = np.nan, high: float = np.nan
) -> dict[str, str | float | None]:
    return {"quantity": quantity, "paper": paper, "ours": ours, "ci_low": low, "ci_high": high}


def _mean(rows: np.ndarray) -> np.ndarray:
    return rows.mean(axis=-2)


def _reported(needs: Needs, path: str) -> float:
    items = {item["item"]: item["paper"] for item in needs.reported["items"]}
    return float(items[f"pendulum_mean_{path}"])


def _scale(frame: pd.DataFrame) -> float:
    """lambda_s at multiplier 1 of one model."""
    row = frame[frame["lambda_multiplier"] > 0].iloc[0]
    return float(row["lambda_s"] / row["lambda_multiplier"])
