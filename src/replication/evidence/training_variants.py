"""Models that fit their data and models that do not: what does a poor fit do?"""

import numpy as np

from replication.evidence.columns import several_paths
from replication.files.needs import Need, Needs

__all__ = ["DATASETS", "NEEDS", "crossings", "in_order", "mean_lengths"]

DATASETS = {
    "pendulum": "pendulum",
    "pendulum_underfitted": "pendulum, underfitted",
    "robot_arm": "arm",
    "robot_arm_underfitted": "arm, underfitted",
}
NEEDS = [
    Need(dataset, artifact) for dataset in DATASETS for artifact in ("pairs.csv", "metric_grid.npz", "scores.json")
]


def mean_lengths(needs: Needs, dataset: str, metric: str, geodesic: str = "geodesic") -> np.ndarray:
    """Each seed's mean lengths of geodesic, manifold path and straight line on the pairs that have all, (seeds, 3).

    Args:
        needs: With pairs.csv.
        dataset: Which models.
        metric: In which the lengths are.
        geodesic: Whose: `geodesic` is our solver's, `neural` the paper's.
    """
    frames = needs.all(dataset, "pairs.csv").values()
    paths = (geodesic, "manifold", "euclidean")
    return np.array([several_paths({"pairs.csv": frame}, paths, metric=metric).mean(axis=0) for frame in frames])


def in_order(means: np.ndarray) -> int:
    """In how many seeds, of the mean lengths of `mean_lengths`, each path is longer than the one before it."""
    return int((np.diff(means, axis=1) > 0).all(axis=1).sum())


def crossings(ring: np.ndarray) -> int:
    """How often a closed polyline (n, 2) crosses itself; a good ring does not."""
    a, b = ring, np.roll(ring, -1, axis=0)

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        """On which side of the line from p to q the point r lies, for every pair of edges."""
        along, across = q - p, r[None, :] - p[:, None]
        return np.sign(along[:, None, 0] * across[..., 1] - along[:, None, 1] * across[..., 0])

    apart = side(a, b, a) * side(a, b, b) < 0
    return int((apart & apart.T).sum()) // 2
