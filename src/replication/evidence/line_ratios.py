"""The straight line's length over the geodesic's, pair by pair."""

import numpy as np

from replication.evidence import columns
from replication.files.needs import Needs

__all__ = ["SPEC", "of_pairs"]

SPEC = {"name": "path_ratio", "over": "euclidean", "under": "geodesic"}
"""The ratio of means over the same pairs, as a quantity."""


def of_pairs(needs: Needs, dataset: str, **where: str) -> np.ndarray:
    """The ratio of every pair of all seeds, (pairs,), sorted.

    Args:
        needs: With pairs.csv, or study.csv for a variant.
        dataset: Whose pairs.
        where: The `metric` of pairs.csv, or the `variant` (and `drawn`) of study.csv.

    Raises:
        KeyError: There are no such rows.
    """
    seeds = needs.artifacts[dataset].values()
    lengths = np.concatenate([columns.two_paths(files, "euclidean", "geodesic", **where) for files in seeds])
    return np.sort(lengths[:, 0] / lengths[:, 1])
