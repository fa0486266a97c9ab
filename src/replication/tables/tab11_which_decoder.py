"""Which decoder does the paper's result need? Every model of the study, with both solvers."""

import pandas as pd

from replication.evidence import fits
from replication.files.needs import Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "Every decoder of the study, with both solvers"
CAPTION = (
    "Models of pendulum and arm over what the paper leaves open, two seeds each, the best fit first: gap between the "
    "true log-likelihood of the test set and the model's bound (nats), ratios of mean lengths under the smoothed "
    "metric (lambda_s 1000 times its own scale; manifold / line also raw), geodesics by the paper's solver and by "
    "ours (shortest), in which share of the seeds the mean lengths come in the paper's order (geodesic < manifold "
    "path < line), the share of far pairs' paths that stay with the data, and the share of our geodesics that lean on "
    "the box. The paper has manifold / line .43, line / geodesic 2.57, manifold / geodesic 1.11 on the pendulum, line "
    "/ geodesic 2.74 for one pair of the arm."
)
NEEDS = fits.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a model, the mean over its seeds."""
    frame = fits.per_model(needs)
    frame["seeds"] = 1
    numbers = [
        column for column in frame if column not in ("dataset", "model", "seed", "seeds") and _numeric(frame, column)
    ]
    keys = [column for column in frame if column not in (*numbers, "seed", "seeds")]
    grouped = frame.groupby(keys, sort=False, as_index=False).agg({"seeds": "sum", **dict.fromkeys(numbers, "mean")})
    return grouped.sort_values(["dataset", "gap"], ignore_index=True)


def _numeric(frame: pd.DataFrame, column: str) -> bool:
    return pd.api.types.is_numeric_dtype(frame[column]) and not pd.api.types.is_bool_dtype(frame[column])
