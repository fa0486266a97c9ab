"""Every reported number and claim, and how ours compares by the rule written for it: a row a claim, for people."""

import pandas as pd

from replication.evidence.bootstrap import Estimate
from replication.evidence.dataset_names import name_of
from replication.evidence.rounding import number, with_interval
from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "The verdict, claim by claim"
CAPTION = (
    "The paper's numbers and claims, judged by the rules of config/reported.yaml, which were written before these "
    "results were known; docs/REPLICATION.md says what had been seen by then. Ours: by the paper's own solver, whose "
    "verdict it is; shortest: the same of the shortest paths that our solver finds, a dash where no geodesic is read; "
    "its verdict is named where it is another. 95 % intervals in brackets, those of a shown pair over all pairs. "
    "verdict.csv has what was measured, how many pairs, both verdicts, the same smoothed less and of far pairs alone. "
    "A stand-in is never judged."
)
NEEDS = [Need(EVERY, "verdict.csv", "first")]


def build(needs: Needs) -> pd.DataFrame:
    """One row an item: the claim in words, the paper's number, ours by both judges, and the verdict.

    Raises:
        ValueError: There is no verdict yet.
    """
    if needs.verdict is None:
        raise ValueError("tab04_verdict needs verdict.csv; run the stage verdict first")
    claims = {item["item"]: item for item in needs.reported["items"]}
    return pd.DataFrame(
        [
            {
                "claim": f"{name_of(row['dataset'])}: {claims[row['item']]['claim']}",
                "paper": number(row["paper"]),
                "ours": with_interval(Estimate(row["ours"], row["ci_low"], row["ci_high"], 0)),
                "shortest": with_interval(Estimate(row["shortest"], row["shortest_low"], row["shortest_high"], 0)),
                "verdict": _words(row["verdict"], row["shortest_verdict"]),
                "figure": claims[row["item"]]["figure"],
            }
            for row in needs.verdict.to_dict("records")
        ]
    )


def _words(verdict: str, shortest: str | float) -> str:
    """The verdict, and in brackets that of the shortest paths where there is one and it is another."""
    return f"{verdict} (shortest: {shortest})" if isinstance(shortest, str) and shortest != verdict else verdict
