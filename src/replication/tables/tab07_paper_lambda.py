"""Which smoothing did the paper use? Ratios where our three lengths come nearest to its own, and at our lambda_s."""

from typing import Any

import numpy as np
import pandas as pd

from replication.evidence import quantities
from replication.evidence.bootstrap import interval, resample, statistic
from replication.evidence.sweep import lengths_at, nearest_strength
from replication.files.needs import Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Which smoothing the paper may have used"
CAPTION = (
    "Pendulum, smoothed, over all seeds with 95 % intervals over pairs and seeds. First at the lambda_s where the "
    "three mean lengths come nearest to the paper's (least squares of their logarithms, between the steps of the "
    "sweep; the intervals hold it fixed, the distance is the root mean square of ln(ours / paper)), then at the "
    "lambda_s of the rule that all else is measured at, by our solver and by the paper's (the first pairs only). "
    "lambda_s is in units of each model's own scale. A length alone can be had at some lambda_s whatever the metric: "
    "the ratios are what has to agree."
)
NEEDS = [Need("pendulum", "sweep.csv"), Need("pendulum", "pairs.csv")]
PATHS = ("euclidean", "geodesic", "manifold")
SOLVERS = {"geodesic": "ours", "neural": "the paper's"}


def build(needs: Needs) -> pd.DataFrame:
    """Three means and two ratios at one strength, the two ratios by two solvers at the other."""
    paper = {path: needs.paper(f"pendulum_mean_{path}") or np.nan for path in PATHS}
    return pd.DataFrame([*_nearest(needs, paper), *_at_the_rule(needs, paper)])


def _nearest(needs: Needs, paper: dict[str, float]) -> list[dict[str, Any]]:
    sweeps = needs.all("pendulum", "sweep.csv")
    multiplier = nearest_strength(sweeps, paper)
    groups = lengths_at(sweeps, PATHS, multiplier)
    means, replicates = statistic(groups, _mean), resample(groups, _mean, "paper's lambda")
    where = {"lambda_s_to_scale": multiplier, "solver": "ours", "n": sum(map(len, groups))}
    rows = [
        where | _row(f"mean, {path}", paper[path], float(mean), *interval(replicates[:, column]))
        for column, (path, mean) in enumerate(zip(PATHS, means, strict=True))
    ]
    geodesic = PATHS.index("geodesic")
    for column, path in enumerate(PATHS):
        if column != geodesic:
            ends = interval(replicates[:, column] / replicates[:, geodesic])
            ratio = float(means[column] / means[geodesic])
            rows.append(where | _row(f"{path} / geodesic", paper[path] / paper["geodesic"], ratio, *ends))
    miss = np.log(means / np.array(list(paper.values())))
    rows.append(where | _row("distance of the three means", 0.0, float(np.sqrt((miss**2).mean())), np.nan, np.nan))
    return rows


def _at_the_rule(needs: Needs, paper: dict[str, float]) -> list[dict[str, Any]]:
    frame, sweep = needs.first("pendulum", "pairs.csv"), needs.first("pendulum", "sweep.csv")
    rows = []
    smoothed = frame[frame["metric"] == "smoothed"]
    solvers = {path: solver for path, solver in SOLVERS.items() if (smoothed["path"] == path).any()}
    for solved, solver in solvers.items():
        for path in ("euclidean", "manifold"):
            spec = {"name": "path_ratio", "over": path, "under": solved, "metric": "smoothed"}
            found = quantities.estimate(spec, needs.artifacts["pendulum"])
            where = {"lambda_s_to_scale": smoothed["lambda_s"].iloc[0] / _scale(sweep), "solver": solver, "n": found.n}
            ratio = paper[path] / paper["geodesic"]
            rows.append(where | _row(f"{path} / geodesic", ratio, found.value, found.low, found.high))
    return rows


def _row(quantity: str, paper: float, ours: float, low: float, high: float) -> dict[str, Any]:
    return {"quantity": quantity, "paper": paper, "ours": ours, "ci_low": low, "ci_high": high}


def _mean(rows: np.ndarray) -> np.ndarray:
    return rows.mean(axis=-2)


def _scale(sweep: pd.DataFrame) -> float:
    """lambda_s at multiplier 1."""
    row = sweep[sweep["lambda_multiplier"] > 0].iloc[0]
    return float(row["lambda_s"] / row["lambda_multiplier"])
