"""Every reported number and claim, and how ours compares by the rule written for it."""

import pandas as pd

from replication.needs import Needs
from replication.rounding import number

__all__ = ["CAPTION", "NEEDS", "build"]

CAPTION = (
    "The paper's numbers and claims, judged by the rules of config/reported.yaml, which were written before these "
    "results were known; docs/REPLICATION.md says what had been seen by then. A stand-in is never judged."
)
NEEDS: list = []


def build(needs: Needs) -> pd.DataFrame:
    """One row an item: the claim in words, the paper's number, ours with its interval, and the verdict.

    Raises:
        ValueError: There is no verdict yet.
    """
    if needs.verdict is None:
        raise ValueError("tab04_verdict needs verdict.csv; run the stage verdict first")
    claims = {item["item"]: item for item in needs.reported["items"]}
    rows = needs.verdict.fillna({"note": ""}).to_dict("records")
    return pd.DataFrame(
        [
            {
                "dataset": row["dataset"],
                "claim": claims[row["item"]]["claim"],
                "paper": number(row["paper"]),
                "ours": number(row["ours"]),
                "interval": f"{number(row['ci_low'])} to {number(row['ci_high'])}"
                if row["ci_low"] == row["ci_low"]
                else "–",
                "n": int(row["n"]),
                "verdict": row["verdict"],
                "shown in": claims[row["item"]]["figure"],
                "note": row["note"],
            }
            for row in rows
        ]
    )
