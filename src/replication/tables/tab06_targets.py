"""What we ask of the recommended metric, and whether it holds."""

import pandas as pd

from replication.evidence import reported
from replication.files.needs import EVERY, Need, Needs

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "What was asked of the recommended metric, and whether it holds"
CAPTION = (
    "The recommended metric, conformal, held against what docs/REPLICATION.md asked of it beforehand: numbers over "
    "all seeds with their 95 % intervals; reproduced: the whole interval is beyond the threshold; partly: the number "
    "is."
)
NEEDS = [Need(EVERY, "pairs.csv"), Need(EVERY, "scores.json"), Need(EVERY, "study.csv", optional=True)]


def build(needs: Needs) -> pd.DataFrame:
    """One row a target."""
    rows = reported.targets(needs.reported, needs.artifacts)
    claims = {item["item"]: item["claim"] for item in needs.reported["targets"]}
    rows.insert(1, "claim", [claims[item] for item in rows["item"]])
    return rows.drop(columns=["paper", "quantity", "data_source"])
