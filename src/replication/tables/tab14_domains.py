"""What bounds the curves: a box around the encodings, or where the prior has mass."""

import pandas as pd

from replication import domains
from replication.needs import Needs

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "Smoothed geodesics of a pendulum that does not fit its data and of the selected one, by what bounds them: the box "
    "around the encodings and 15 % beyond, or the square around the disc that holds 95 or 99 % of the prior. Line / "
    "geodesic and manifold / geodesic (paper 2.57 and 1.11), the share that follows the data, and the share that leans "
    "on the bound."
)
NEEDS = domains.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """Rows of both models."""
    frames = [domains.by_domain(needs, model).assign(pendulum=name) for name, model in domains.MODELS.items()]
    frame = pd.concat(frames, ignore_index=True)
    frame = frame.assign(domain=frame["domain"].map(domains.DOMAINS), path=frame["path"].map(domains.SOLVERS))
    return frame[["pendulum", *(column for column in frame if column != "pendulum")]]
