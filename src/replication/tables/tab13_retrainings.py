"""How far do distances agree when the same model is trained again? Line and geodesic in every metric."""

import pandas as pd

from replication.evidence import retrainings
from replication.files.needs import Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "How far distances agree when a model is trained again, in numbers"
CAPTION = (
    "One pendulum model trained again and again, and the distance of the same pairs of test images in each: mean over "
    "pairs of the coefficient of variation over the models (cv), also where each model's distances are first divided "
    "by their mean, so that a unit that differs between models does not count (cv_without_scale), and in how many "
    "pairs that is below the latent distance's (steadier); the share of curves that stay with the data (follow); the "
    "share of geodesics that converged, and of those that lean on the box (bounded). Ensembles of six decoders for "
    "each encoder: E[J^T J], which knows only how their images change, and the energy where each of 64 points of a "
    "curve is decoded by a member of its own, to which their disagreement in value counts (Syrota et al. 2024). 95 % "
    "intervals over pairs, of follow over models and pairs."
)
NEEDS = retrainings.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a metric and path."""
    frame = retrainings.per_metric(needs)
    return frame.replace({"metric": retrainings.METRICS, "path": style.LABELS})
