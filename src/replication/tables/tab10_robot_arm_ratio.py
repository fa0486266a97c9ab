"""In which metric does the robot arm show the paper's ratio? Every metric of the study."""

import numpy as np
import pandas as pd

from replication.evidence import line_ratios
from replication.evidence.metric_options import estimate, estimate_if_measured, outcomes
from replication.files.needs import Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "The ratio in every metric of the study"
CAPTION = (
    "Robot arm. Length of the straight line over that of the geodesic in every metric of the study (mu: lambda_s over "
    "the metric's own scale): ratio of means with its 95 % interval, geodesics by our solver and, on the first pairs, "
    "by the paper's where it was asked; of ours the median pair, the largest, and the share of pairs that reach the "
    "paper's ratio; how many geodesics lean on the border or did not converge. Where a metric has a cost outside the "
    "data (conformal, expected) the ratio depends on its strength and is no evidence."
)
NEEDS = [Need("robot_arm", "study.csv")]


def build(needs: Needs) -> pd.DataFrame:
    """One row a variant of the study."""
    paper, rows = needs.paper("robot_arm_euclidean_over_geodesic") or np.nan, []
    for variant in needs.first("robot_arm", "study.csv")["variant"].unique():
        ended = outcomes(needs, "robot_arm", variant)
        found, pairs = (
            estimate(needs, "robot_arm", variant, **line_ratios.SPEC),
            line_ratios.of_pairs(needs, "robot_arm", variant=variant),
        )
        by_paper = estimate_if_measured(needs, "robot_arm", variant, "uniform", {**line_ratios.SPEC, "under": "neural"})
        rows.append(
            {
                "metric": variant,
                "ratio": found.value,
                "ci_low": found.low,
                "ci_high": found.high,
                "n": found.n,
                "paper's solver": by_paper.value,
                "paper's solver, low": by_paper.low,
                "paper's solver, high": by_paper.high,
                "paper's solver, n": by_paper.n,
                "median_pair": float(np.median(pairs)),
                "largest_pair": float(pairs[-1]),
                "reach_the_paper": float(np.mean(pairs >= paper)),
                "bounded": ended["bounded"],
                "unconverged": ended["unconverged"],
            }
        )
    return pd.DataFrame(rows)
