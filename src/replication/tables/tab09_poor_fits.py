"""What does a poor fit do? Models that fit their data beside those of the first round, which do not."""

import pandas as pd

from replication.evidence import quantities, training_variants
from replication.evidence.training_variants import DATASETS, crossings, in_order, mean_lengths
from replication.files.needs import Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "What a poor fit does, in numbers"
CAPTION = (
    "Pendulum and arm as selected, and as the first round had them (underfitted): the test set's bound and its true "
    "log-likelihood (nats), in how many models the ring of noise-free encodings does not cross itself, in how many the "
    "three mean lengths come in the paper's order (geodesic < manifold path < straight line), and ratios of mean "
    "lengths with 95 % intervals over pairs and seeds, smoothed as elsewhere, geodesics by the paper's solver and by "
    "ours (shortest); under the conformal metric, who stays with the data, by ours."
)
NEEDS = training_variants.NEEDS
SMOOTHED = {"metric": "smoothed"}
ORDERS = {
    "raw, shortest": ("raw", "geodesic"),
    "smoothed, paper's solver": ("smoothed", "neural"),
    "smoothed, shortest": ("smoothed", "geodesic"),
}
RATIOS = {
    "manifold / line": {"name": "path_ratio", "over": "manifold", "under": "euclidean", **SMOOTHED},
    "line / geodesic, paper's solver": {"name": "path_ratio", "over": "euclidean", "under": "neural", **SMOOTHED},
    "manifold / geodesic, paper's solver": {"name": "path_ratio", "over": "manifold", "under": "neural", **SMOOTHED},
    "line / geodesic, shortest": {"name": "path_ratio", "over": "euclidean", "under": "geodesic", **SMOOTHED},
    "manifold / geodesic, shortest": {"name": "path_ratio", "over": "manifold", "under": "geodesic", **SMOOTHED},
    "stays, conformal": {"name": "mean", "path": "geodesic", "metric": "conformal", "column": "follow"},
}


def build(needs: Needs) -> pd.DataFrame:
    """One row a data set and way to train."""
    rows = []
    for dataset, name in DATASETS.items():
        evidence = needs.artifacts[dataset]
        rings = [grid["ring"] for grid in needs.all(dataset, "metric_grid.npz").values()]
        row: dict[str, str | int | float] = {"models": name, "n": len(rings)}
        for column, key in (("bound", "test_bound"), ("truth", "true_log_likelihood")):
            row[column] = quantities.estimate({"name": "score", "key": key}, evidence).value
        row["rings without a crossing"] = sum(crossings(ring) == 0 for ring in rings)
        for words, (metric, geodesic) in ORDERS.items():
            row[f"in order, {words}"] = in_order(mean_lengths(needs, dataset, metric, geodesic))
        for column, spec in RATIOS.items():
            found = quantities.estimate(spec, evidence)
            row |= {column: found.value, f"{column}, low": found.low, f"{column}, high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)
