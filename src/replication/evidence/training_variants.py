"""Models that fit their data and models that do not: what does a poor fit do?"""

import numpy as np

from replication.evidence import columns
from replication.files.needs import Need, Needs

__all__ = ["DATASETS", "NEEDS", "crossings", "mean_lengths"]

DATASETS = {
    "pendulum": "pendulum",
    "pendulum_underfitted": "pendulum, underfitted",
    "robot_arm": "arm",
    "robot_arm_underfitted": "arm, underfitted",
}
NEEDS = [
    Need(dataset, artifact) for dataset in DATASETS for artifact in ("pairs.csv", "metric_grid.npz", "scores.json")
]
PATHS = ("geodesic", "manifold", "euclidean")


def mean_lengths(needs: Needs, dataset: str, metric: str) -> np.ndarray:
    """Each seed's mean lengths of geodesic, manifold path and straight line, (seeds, 3)."""
    frames = needs.all(dataset, "pairs.csv").values()
    return np.array([[columns.select(frame, path, metric)["length"].mean() for path in PATHS] for frame in frames])


def crossings(ring: np.ndarray) -> int:
    """How often a closed polyline (n, 2) crosses itself; a good ring does not."""
    a, b = ring, np.roll(ring, -1, axis=0)

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        """On which side of the line from p to q the point r lies, for every pair of edges."""
        along, across = q - p, r[None, :] - p[:, None]
        return np.sign(along[:, None, 0] * across[..., 1] - along[:, None, 1] * across[..., 0])

    apart = side(a, b, a) * side(a, b, b) < 0
    return int((apart & apart.T).sum()) // 2
