"""Three factors that know the data beside each other, and the metric without any."""

from typing import Any

import numpy as np
import pandas as pd

from replication.evidence.metric_options import estimate_if_measured, outcomes, present
from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Factors that know the data"
CAPTION = (
    "The decoder's metric alone (raw), and times a factor that is 1 on the data and kappa far from them: RBFs with a "
    "rule for their bandwidth (conformal, which is recommended), kernels with the bandwidth under which held-out "
    "encodings are most likely, and a mixture of normals whose number is found likewise. The same pairs for all, those "
    "of the study: how their geodesics ended, the share of these that stays with the data, the manifold path and the "
    "straight line over the geodesic, with 95 % intervals over pairs and seeds, and the median time of a geodesic."
)
NEEDS = [Need(EVERY, "study.csv", optional=True)]
FACTORS = ("raw", "conformal", "kernels", "mixture")
_QUANTITIES: dict[str, dict[str, Any]] = {
    "stays": {"name": "mean", "path": "geodesic", "column": "follow"},
    "manifold_to_geodesic": {"name": "path_ratio", "over": "manifold", "under": "geodesic"},
    "euclidean_to_geodesic": {"name": "path_ratio", "over": "euclidean", "under": "geodesic"},
}


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set and factor."""
    rows = []
    for dataset in needs.artifacts:
        frames = list(needs.all(dataset, "study.csv").values())
        if not frames:
            continue
        for drawn in frames[0]["drawn"].unique():
            for factor in (name for name in FACTORS if present(needs, dataset, name, "geodesic")):
                row = {"dataset": dataset, "pairs": drawn, "factor": factor}
                row |= outcomes(needs, dataset, factor, drawn)
                for column, spec in _QUANTITIES.items():
                    found = estimate_if_measured(needs, dataset, factor, drawn, spec)
                    row |= {column: found.value, f"{column}_low": found.low, f"{column}_high": found.high}
                rows.append(row | {"seconds": _seconds(frames, factor, drawn)})
    return pd.DataFrame(rows)


def _seconds(frames: list[pd.DataFrame], factor: str, drawn: str) -> float:
    taken = []
    for frame in frames:
        rows = (frame["drawn"] == drawn) & (frame["variant"] == factor) & (frame["path"] == "geodesic")
        taken.append(frame.loc[rows, "seconds"].to_numpy())
    return float(np.median(np.concatenate(taken)))
