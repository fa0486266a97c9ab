"""The paper's solver is local: how far the number of Bezier curves that it starts from carries it."""

import pandas as pd

from replication.evidence import starts
from replication.files.needs import Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "How far the paper's solver depends on where it starts, in numbers"
CAPTION = (
    "The paper's solver on a pendulum that does not fit its data and on the selected one, smoothed. By the number of "
    "Bezier curves that it starts from: the share of curves that are stuck (longer than the manifold path), the mean "
    "length over that of the shortest, line / geodesic and manifold / geodesic (paper 2.57 and 1.11), and the share "
    "that goes along, inside and outside the ring. Last, restarts from one curve each on far pairs: minima is how many "
    "different lengths a pair ends in (1 %), rule_along how often the start that the paper's rule prefers (least "
    "maximal velocity plus length) ends along the ring, rule_is_shortest how often it ends within 1 % of the shortest "
    "restart."
)
NEEDS = starts.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """Rows of both models."""
    rows = []
    for name, model in starts.MODELS.items():
        for row in starts.by_candidates(needs, model).to_dict("records"):
            rows.append({"pendulum": name, **row, "candidates": str(row["candidates"])})
        rows.append({"pendulum": name, "candidates": "restarts", **starts.of_restarts(needs, model)})
    return pd.DataFrame(rows)
