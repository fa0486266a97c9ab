"""Robot arm: the line's length over the geodesic's in every metric of the study."""

import numpy as np

from replication import columns
from replication.needs import Need, Needs

__all__ = ["NEEDS", "SPEC", "of_pairs", "reported"]

NEEDS = [Need("robot_arm", "study.csv")]
SPEC = {"name": "path_ratio", "over": "euclidean", "under": "geodesic"}


def of_pairs(needs: Needs, variant: str) -> np.ndarray:
    """The ratio of every pair of all seeds, (pairs,), sorted."""
    seeds = needs.all("robot_arm", "study.csv").values()
    rows = [columns.two_paths({"study.csv": frame}, "euclidean", "geodesic", variant=variant) for frame in seeds]
    lengths = np.concatenate(rows)
    return np.sort(lengths[:, 0] / lengths[:, 1])


def reported(needs: Needs) -> float:
    """The paper's ratio, of one pair; NaN if none is reported."""
    return needs.paper("robot_arm_euclidean_over_geodesic") or float("nan")
