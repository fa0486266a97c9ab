"""Numbers of starts.csv: what the paper's solver makes of more Bezier curves, and where restarts end."""

import numpy as np
import pandas as pd

from replication.evidence import fits
from replication.files.needs import Need, Needs

__all__ = ["MODELS", "NEEDS", "SIDES", "by_candidates", "minima", "of_restarts"]

SIDES = ("along", "inside", "outside")
MODELS = {"underfitted": fits.UNDERFITTED["pendulum"], "fitted": fits.SELECTED["pendulum"]}
NEEDS = [Need(model, "starts.csv") for model in dict.fromkeys(MODELS.values())]
_SAME = 0.01
"""Lengths of one pair that differ by less are one minimum."""


def by_candidates(needs: Needs, model: str) -> pd.DataFrame:
    """One row a number of Bezier curves, over the pairs of all seeds.

    Columns: candidates, pairs, stuck (share of curves longer than the manifold path, a known way), to_shortest (mean
    length over that of the shortest), euclidean (line / geodesic), manifold (manifold / geodesic), and the share that
    goes along, inside and outside the ring.
    """
    frame = pd.concat(needs.all(model, "starts.csv").values(), ignore_index=True)
    whole = frame.iloc[np.flatnonzero(frame["restart"] == 0)]
    rows = []
    for candidates in sorted(set(whole["candidates"].to_numpy(int).tolist())):
        one = whole.iloc[np.flatnonzero(whole["candidates"] == candidates)]
        length, shortest, euclidean, manifold = (
            one[column].to_numpy(float) for column in ("length", "shortest", "euclidean", "manifold")
        )
        rows.append(
            {
                "candidates": candidates,
                "pairs": len(one),
                "stuck": np.mean(length > manifold),
                "to_shortest": length.mean() / shortest.mean(),
                "euclidean": euclidean.mean() / length.mean(),
                "manifold": manifold.mean() / length.mean(),
                **{side: np.mean(one["side"].to_numpy() == side) for side in SIDES},
            }
        )
    return pd.DataFrame(rows)


def of_restarts(needs: Needs, model: str) -> dict[str, float]:
    """Of single Bezier curves on far pairs: where they end, into how many minima, and what the paper's rule chooses.

    `rule_*` is the side on which the start of least maximal velocity plus length ends, `shortest_*` that of the
    shortest end; shares of pairs.
    """
    found: list[dict[str, float]] = []
    for frame in needs.all(model, "starts.csv").values():
        for _, one in frame[frame["restart"] > 0].groupby("pair"):
            ruled = one.loc[one["start_score"].idxmin()]
            shortest = one.loc[one["length"].idxmin()]
            found.append(
                {
                    "minima": float(minima(one["length"].to_numpy())),
                    "spread": float(one["length"].max() / one["length"].min()),
                    **{side: float((one["side"] == side).mean()) for side in SIDES},
                    **{f"rule_{side}": float(ruled["side"] == side) for side in SIDES},
                    **{f"shortest_{side}": float(shortest["side"] == side) for side in SIDES},
                    "rule_is_shortest": float(ruled["length"] <= (1 + _SAME) * shortest["length"]),
                }
            )
    return {"pairs": float(len(found)), **pd.DataFrame(found).mean().to_dict()}


def minima(lengths: np.ndarray) -> int:
    """How many lengths differ by more than a hundredth from the next shorter one; the first counts."""
    ordered = np.sort(lengths)
    return 1 + int((ordered[1:] > (1 + _SAME) * ordered[:-1]).sum())
