"""Lengths of the paths, ours beside the paper's: the shown pair, and the mean over the pairs of all seeds."""

from typing import Any

import numpy as np
import pandas as pd

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.files.needs import EVERY, Need, Needs
from replication.looks import style
from replication.looks.panels.words import SHOWN

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Lengths of all paths, beside the paper's"
CAPTION = (
    "Lengths of the paths under the raw, the smoothed (lambda_s as the settings have it, and at 1 of its scale) and "
    f"the conformal metric: {SHOWN} and the mean over the n pairs of all seeds with its 95 % interval, the paper's "
    "numbers beside them. The geodesic is the shortest path that our solver finds, neural the curve of the paper's "
    "solver, the one that judges the paper's claims. `to_geodesic` and `to_neural` are the mean over theirs on the "
    "same pairs. Smoothed lengths depend on lambda_s; ratios are the evidence. Under the conformal metric the "
    "straight line's length depends on kappa, and is no evidence."
)
NEEDS = [Need(EVERY, "pairs.csv")]
METRICS = ("raw", "smoothed", "smoothed_1", "conformal")


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set, metric and path."""
    return pd.DataFrame(
        [
            _row(needs, dataset, metric, path)
            for dataset in needs.artifacts
            for metric in METRICS
            for path in style.LABELS
            if _present(needs.first(dataset, "pairs.csv"), metric, path)
        ]
    )


def _present(frame: pd.DataFrame, metric: str, path: str) -> bool:
    return bool(((frame["metric"] == metric) & (frame["path"] == path)).any())


def _row(needs: Needs, dataset: str, metric: str, path: str) -> dict[str, Any]:
    def estimate(name: str, **options: str) -> Estimate:
        return quantities.estimate({"name": name, "metric": metric, **options}, needs.artifacts[dataset])

    def ratio(under: str) -> dict[str, float]:
        found = Estimate(1, 1, 1, 0) if path == under else Estimate(np.nan, np.nan, np.nan, 0)
        if path != under and _present(needs.first(dataset, "pairs.csv"), metric, under):
            found = estimate("path_ratio", over=path, under=under)
        return {f"to_{under}": found.value, f"to_{under}_low": found.low, f"to_{under}_high": found.high}

    mean = estimate("mean", path=path)
    return {
        "dataset": dataset,
        "metric": metric,
        "path": path,
        "paper_pair": _reported(needs, dataset, "shown_pair", path),
        "pair": estimate("shown_pair", path=path).value,
        "paper_mean": _reported(needs, dataset, "mean", path),
        "mean": mean.value,
        "ci_low": mean.low,
        "ci_high": mean.high,
        "n": mean.n,
        **ratio("geodesic"),
        **ratio("neural"),
    }


def _reported(needs: Needs, dataset: str, name: str, path: str) -> float | None:
    """The paper's length of this path, whichever of our metrics it is judged in; a judge's path is the geodesic."""
    path = "geodesic" if path in needs.reported["judges"].values() else path
    for item in needs.reported["items"]:
        spec = item["quantity"]
        same = item["dataset"] == dataset and spec["name"] == name and spec.get("path") == path
        if same and spec.get("column", "length") == "length":
            return item["paper"]
    return None
