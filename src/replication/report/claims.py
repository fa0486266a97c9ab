"""The verdict for people: how many items came out how, a mark for each word, and what a reader has to know first."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from replication.evidence.reported import MARKS
from replication.report.contents import Contents
from replication.report.contents import label as label_of

__all__ = ["COLUMNS", "HOW", "MARKS", "counted", "marked", "notes", "short", "summary"]

HOW = (
    "Each number and claim of the paper is judged by a rule that was written before the result was known "
    "(config/reported.yaml). Ours: by the paper's own solver, whose verdict it is, with the 95 % interval in "
    "brackets, that of a shown pair over all pairs. Shortest: the same of the shortest paths that our solver finds, "
    "where a geodesic is read. A stand-in is never judged. How each number is computed, over how many pairs, and the "
    "verdict by the shortest paths stand in verdict.csv; the figure of the verdict at a glance has both judges beside "
    "the rules."
)
COLUMNS = ("claim", "paper", "ours", "shortest", "verdict", "figure")
"""Of the short table."""


def summary(verdict: pd.DataFrame) -> list[str]:
    """How many items came out how by the paper's solver, and how many of those that read a geodesic by ours."""
    shortest = [word for word in verdict["shortest_verdict"] if isinstance(word, str)]
    lines = [f"Of the paper's {len(verdict)} numbers and claims: {counted(list(verdict['verdict']))}."]
    if shortest:
        lines.append(
            f"By the shortest paths in place of the paper's solver: {counted(shortest)}, of the {len(shortest)} that "
            "read a geodesic."
        )
    return lines


def counted(words: Sequence[str]) -> str:
    """`14 reproduced, 8 partly, 17 not reproduced`, in the order of `MARKS`."""
    counts = Counter(words)
    known = [word for word in MARKS if word in counts]
    return ", ".join(f"{counts[word]} {word}" for word in [*known, *(counts.keys() - MARKS.keys())])


def marked(words: str) -> str:
    """A verdict with its mark before it."""
    return f"{MARKS[words]} {words}" if words in MARKS else words


def short(judged: pd.DataFrame) -> pd.DataFrame:
    """A short row a claim: its verdict without what stands in brackets behind it."""
    rows = judged.to_dict("records")
    return pd.DataFrame(
        [{**row, "verdict": row["verdict"].partition(" (")[0], "figure": label_of(row["figure"])} for row in rows],
        columns=list(COLUMNS),
    )


def notes(contents: Contents) -> list[str]:
    """What has to be known before any number: that it is a quick run, and which data are not the real ones."""
    found = []
    if contents.profile == "smoke":
        found.append(
            "This is profile smoke: tiny models, short trainings, few pairs. Its numbers prove nothing about the "
            "paper; they show that every step works. The paper's profile is made by: make reproduce."
        )
    standins = [name for name, source in contents.sources.items() if source["kind"] == "standin"]
    if standins:
        found.append(
            f"STAND-IN data in place of the real ones: {', '.join(standins)}. They show that the pipeline works, and "
            "nothing about the paper."
        )
    return found
