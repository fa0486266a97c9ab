"""In which metric does the robot arm show the paper's ratio? Every metric of the study."""

import numpy as np
import pandas as pd

from replication import arm_ratios
from replication.needs import Needs
from replication.study import estimate

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Robot arm. Length of the straight line over that of the geodesic in every metric of the study (mu: lambda_s over "
    "the metric's own scale): ratio of means with its 95 % interval, the median pair, the largest, and the share of "
    "pairs that reach the paper's ratio. Under a conformal metric the ratio grows with kappa and is no evidence."
)
NEEDS = arm_ratios.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a variant of the study."""
    paper, rows = arm_ratios.reported(needs), []
    for variant in needs.first("robot_arm", "study.csv")["variant"].unique():
        found, pairs = estimate(needs, "robot_arm", variant, **arm_ratios.SPEC), arm_ratios.of_pairs(needs, variant)
        rows.append(
            {
                "metric": variant,
                "ratio": found.value,
                "ci_low": found.low,
                "ci_high": found.high,
                "n": found.n,
                "median_pair": float(np.median(pairs)),
                "largest_pair": float(pairs[-1]),
                "reach_the_paper": float(np.mean(pairs >= paper)),
            }
        )
    return pd.DataFrame(rows)
