"""Which training gives good rings? Sharp and blurred pendulums, trained long and short."""

import pandas as pd

from replication import quantities, training_variants
from replication.needs import Needs
from replication.training_variants import DATASETS, crossings, mean_lengths

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Pendulums whose bob is blurred or of one pixel's size, trained long or for a quarter of the steps: the test "
    "bound, in how many models the ring of noise-free encodings does not cross itself, in how many the three mean "
    "lengths come in the paper's order (geodesic < manifold path < straight line), and ratios of mean lengths with "
    "95 % intervals over pairs and seeds, smoothed as elsewhere; under the conformal metric, who stays with the "
    "data."
)
NEEDS = training_variants.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a way to train."""
    rows = []
    for dataset, name in DATASETS.items():
        rings = [grid["ring"] for grid in needs.all(dataset, "metric_grid.npz").values()]
        lengths = {metric: mean_lengths(needs, dataset, metric) for metric in ("raw", "smoothed")}
        row: dict[str, str | int | float] = {"pendulum": name, "models": len(rings)}
        row["bound"] = quantities.estimate({"name": "score", "key": "test_bound"}, needs.artifacts[dataset]).value
        row["rings without a crossing"] = sum(crossings(ring) == 0 for ring in rings)
        for metric, means in lengths.items():
            row[f"in order, {metric}"] = int(((means[:, 0] < means[:, 1]) & (means[:, 1] < means[:, 2])).sum())
        specs = {
            "line / manifold": {"name": "path_ratio", "over": "euclidean", "under": "manifold", "metric": "smoothed"},
            "manifold / geodesic": {
                "name": "path_ratio",
                "over": "manifold",
                "under": "geodesic",
                "metric": "smoothed",
            },
            "stays, conformal": {"name": "mean", "path": "geodesic", "metric": "conformal", "column": "follow"},
        }
        for column, spec in specs.items():
            found = quantities.estimate(spec, needs.artifacts[dataset])
            row |= {column: found.value, f"{column}, low": found.low, f"{column}, high": found.high}
        rows.append(row)
    return pd.DataFrame(rows)
