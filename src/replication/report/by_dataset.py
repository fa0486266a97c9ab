"""The verdict in one small table: a row a data set, for the README."""

from collections import Counter

import pandas as pd

from replication.evidence.dataset_names import name_of
from replication.evidence.rounding import number

__all__ = ["by_dataset"]

_VERDICTS = ("reproduced", "partly", "not reproduced")


def by_dataset(verdict: pd.DataFrame) -> pd.DataFrame:
    """How many claims of each data set came out how, and how many times as long as the geodesic the line is.

    Args:
        verdict: The rows of verdict.csv.
    """
    rows = [_row(str(name), group) for name, group in verdict.groupby("dataset", sort=False)]
    counts = Counter(verdict["verdict"])
    last = {"data": "all", "claims": str(len(verdict))} | {word: str(counts[word]) for word in _VERDICTS}
    return pd.DataFrame([*rows, last | dict.fromkeys(rows[0].keys() - last.keys(), "")])


def _row(dataset: str, group: pd.DataFrame) -> dict[str, str]:
    counts = Counter(group["verdict"])
    ratio = group.set_index("item").loc[f"{dataset}_euclidean_over_geodesic"]
    return (
        {"data": name_of(dataset), "claims": str(len(group))}
        | {word: str(counts[word]) for word in _VERDICTS}
        | {
            "line / geodesic: paper": number(ratio["paper"]),
            "its solver, our models": number(ratio["ours"]),
            "shortest path, our models": number(ratio["shortest"]),
        }
    )
