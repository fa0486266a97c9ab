"""What each metric does: lengths, who stays with the data, ratios and correlations, over the pairs of all seeds."""

from typing import Any

import pandas as pd

from replication.evidence.metric_options import NOTHING, estimate_if_measured, outcomes
from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "What each metric does"
CAPTION = (
    "Every variant of the study, pairs of all seeds: how many geodesics converged, lean on the border or did "
    "neither; mean lengths; the share of geodesics that stay with the data, for the paper's solver (neural) beside "
    "ours on the same first pairs of each model; ratios of mean lengths; correlations with the distance along the "
    "data, where there are enough pairs; and the share of pairs more than 1 rad apart whose manifold path is shorter "
    "than the straight line. With the lower and upper ends of the 95 % intervals over pairs and seeds. Where a "
    "metric stands twice, by its defaults and by a value, the paper's solver drew other curves: the difference is "
    "its own spread. Under conformal and expected metrics the line over the geodesic depends on how dear it is "
    "outside the data."
)
NEEDS = [Need(EVERY, "study.csv", optional=True)]
ENOUGH = 5  # pairs of each model, for a correlation
_QUANTITIES: dict[str, dict[str, Any]] = {
    **{f"mean_{path}": {"name": "mean", "path": path} for path in ("euclidean", "geodesic", "manifold", "neural")},
    "stays": {"name": "mean", "path": "geodesic", "column": "follow"},
    "stays_first_pairs": {"name": "mean", "path": "geodesic", "column": "follow", "among": "neural"},
    "stays_neural": {"name": "mean", "path": "neural", "column": "follow"},
    "euclidean_to_geodesic": {"name": "path_ratio", "over": "euclidean", "under": "geodesic"},
    "manifold_to_geodesic": {"name": "path_ratio", "over": "manifold", "under": "geodesic"},
    "neural_to_geodesic": {"name": "path_ratio", "over": "neural", "under": "geodesic"},
    "correlation": {"name": "correlation", "path": "geodesic", "x": "distance"},
    "correlation_manifold": {"name": "correlation", "path": "manifold", "x": "distance"},
    "manifold_shorter": {"name": "share_shorter", "path": "manifold", "than": "euclidean", "apart": 1.0},
}


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set, way to draw pairs and variant."""
    rows = []
    for dataset in needs.artifacts:
        frames = list(needs.all(dataset, "study.csv").values())
        if not frames:
            continue
        for drawn, variant in frames[0][["drawn", "variant"]].drop_duplicates().itertuples(index=False):
            here = [frame[(frame["drawn"] == drawn) & (frame["variant"] == variant)] for frame in frames]
            rows.append(
                {"dataset": dataset, "pairs": drawn, "metric": variant, **outcomes(needs, dataset, variant, drawn)}
            )
            few = min((frame["path"] == "geodesic").sum() for frame in here) < ENOUGH
            for column, spec in _QUANTITIES.items():
                found = (
                    NOTHING
                    if few and spec["name"] == "correlation"
                    else estimate_if_measured(needs, dataset, variant, drawn, spec)
                )
                rows[-1] |= {column: found.value, f"{column}_low": found.low, f"{column}_high": found.high}
    return pd.DataFrame(rows)
