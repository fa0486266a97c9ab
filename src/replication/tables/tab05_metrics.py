"""What each metric does: who stays with the data, ratios of lengths and correlations, over the pairs of all seeds."""

from typing import Any

import pandas as pd

from replication.bootstrap import Estimate
from replication.needs import EVERY, Need, Needs
from replication.quantities import MissingEvidence
from replication.study import estimate

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Every variant of the study: the share of geodesics that stay with the data and of those that converged, mean "
    "lengths as ratios, the correlation of the geodesic's length with the distance along the data, and the share of "
    "pairs more than 1 rad apart whose manifold path is shorter than the straight line; `neural` is the paper's "
    "solver on the first pairs. With the lower and upper ends of the 95 % intervals over pairs and seeds."
)
NEEDS = [Need(EVERY, "study.csv", optional=True)]
_QUANTITIES: dict[str, dict[str, Any]] = {
    "stays": {"name": "mean", "path": "geodesic", "column": "follow"},
    "stays_neural": {"name": "mean", "path": "neural", "column": "follow"},
    "euclidean_to_geodesic": {"name": "path_ratio", "over": "euclidean", "under": "geodesic"},
    "manifold_to_geodesic": {"name": "path_ratio", "over": "manifold", "under": "geodesic"},
    "neural_to_geodesic": {"name": "path_ratio", "over": "neural", "under": "geodesic"},
    "correlation": {"name": "correlation", "path": "geodesic", "x": "distance"},
    "manifold_shorter": {"name": "share_shorter", "path": "manifold", "than": "euclidean", "apart": 1.0},
}


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set, way to draw pairs and variant."""
    rows = []
    for dataset in needs.artifacts:
        if not needs.all(dataset, "study.csv"):
            continue
        frame = needs.first(dataset, "study.csv")
        for drawn, variant in frame[["drawn", "variant"]].drop_duplicates().itertuples(index=False):
            chosen = (frame["drawn"] == drawn) & (frame["variant"] == variant) & (frame["path"] == "geodesic")
            rows.append({"dataset": dataset, "pairs": drawn, "metric": variant, "n": int(chosen.sum())})
            rows[-1]["unconverged"] = _unconverged(needs, dataset, drawn, variant)
            for column, spec in _QUANTITIES.items():
                found = _estimate(needs, dataset, variant, drawn, spec)
                rows[-1] |= {column: found.value, f"{column}_low": found.low, f"{column}_high": found.high}
    return pd.DataFrame(rows)


def _unconverged(needs: Needs, dataset: str, drawn: str, variant: str) -> int:
    frame = pd.concat(needs.all(dataset, "study.csv").values())
    rows = frame[(frame["drawn"] == drawn) & (frame["variant"] == variant) & (frame["path"] == "geodesic")]
    return sum(outcome not in ("converged", "bounded") for outcome in rows["outcome"])


def _estimate(needs: Needs, dataset: str, variant: str, drawn: str, spec: dict[str, Any]) -> Estimate:
    try:
        return estimate(needs, dataset, variant, drawn, **spec)
    except MissingEvidence:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
