"""In which metric does the robot arm show the paper's ratio? Every metric of the study."""

import numpy as np
import pandas as pd

from replication import arm_ratios
from replication.needs import Needs
from replication.study import estimate

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Robot arm. Length of the straight line over that of the geodesic in every metric of the study (mu: lambda_s "
    "over the metric's own scale): ratio of means with its 95 % interval, the median pair, the largest, and the "
    "share of pairs that reach the paper's ratio; how many geodesics lean on the border or did not converge. Where a "
    "metric has a cost outside the data (conformal, expected) the ratio depends on its strength and is no evidence."
)
NEEDS = arm_ratios.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a variant of the study."""
    paper, rows = arm_ratios.reported(needs), []
    for variant in needs.first("robot_arm", "study.csv")["variant"].unique():
        outcomes = _outcomes(needs, variant)
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
                "bounded": int((outcomes == "bounded").sum()),
                "unconverged": int((~outcomes.isin(["bounded", "converged"])).sum()),
            }
        )
    return pd.DataFrame(rows)


def _outcomes(needs: Needs, variant: str) -> pd.Series:
    """How each geodesic of all seeds ended."""
    frame = pd.concat(needs.all("robot_arm", "study.csv").values())
    return frame.loc[(frame["variant"] == variant) & (frame["path"] == "geodesic"), "outcome"]
