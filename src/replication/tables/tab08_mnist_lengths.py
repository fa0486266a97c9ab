"""MNIST: our lengths are half of the paper's. What would make them as long?"""

import pandas as pd

from replication.evidence import readings
from replication.evidence.readings import READINGS, length, ratio
from replication.files.needs import Needs
from replication.looks.panels.words import SHOWN

__all__ = ["CAPTION", "NEEDS", "TITLE", "build"]

TITLE = "What would make our lengths as long as the paper's"
CAPTION = (
    "MNIST. Lengths by what is measured: means of pixels in [0, 1], the same coded as -1 and 1 (exactly twice as "
    "long), the Fisher-Rao metric of the Bernoulli likelihood, logits, the smoothed metric. Mean lengths over the "
    "study's pairs of all seeds, their ratio, and "
    + SHOWN
    + ", with 95 % intervals; of the shown pair: where the middle 95 % of all pairs lie."
)
NEEDS = readings.NEEDS


def build(needs: Needs) -> pd.DataFrame:
    """One row a reading."""
    rows = []
    for reading in READINGS:
        row: dict[str, str | float | int] = {"lengths of": reading.name}
        for path in ("euclidean", "geodesic"):
            mean, pair = length(needs, reading, path), length(needs, reading, path, "shown_pair")
            row |= {path: mean.value, f"{path}_low": mean.low, f"{path}_high": mean.high, "n": mean.n}
            row |= {f"pair_{path}": pair.value, f"pair_{path}_low": pair.low, f"pair_{path}_high": pair.high}
        found = ratio(needs, reading)
        rows.append({**row, "ratio": found.value, "ratio_low": found.low, "ratio_high": found.high})
    return pd.DataFrame(rows)
