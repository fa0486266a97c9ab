"""What bounds the curves: a box around the encodings, or where the prior has mass."""

import pandas as pd

from replication.evidence import domains
from replication.files.needs import Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "What bounds the curves"
CAPTION = (
    "Smoothed geodesics of a pendulum that does not fit its data and of the selected one, by what bounds them: the box "
    "around the encodings and 15 % beyond, or the square around the disc that holds 95 or 99 % of the prior. Line / "
    "geodesic and manifold / geodesic (paper 2.57 and 1.11), the share that follows the data, and the share that leans "
    "on the bound."
)
NEEDS = domains.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """Rows of both models."""
    rows = []
    for name, model in domains.MODELS.items():
        for row in domains.by_domain(needs, model).to_dict("records"):
            told = {"domain": domains.DOMAINS[row["domain"]], "path": domains.SOLVERS[row["path"]]}
            rows.append({"pendulum": name, **row, **told})
    return pd.DataFrame(rows)
