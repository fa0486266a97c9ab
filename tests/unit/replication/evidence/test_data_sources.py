"""What is said of the data and of the solver's outcomes beside every result."""

import math
from pathlib import Path

import pandas as pd
import pytest

from replication.evidence.data_sources import outcomes
from replication.files.artifacts import write_csv


@pytest.mark.parametrize(
    ("residuals", "excess"),
    [
        ([0.0, 1.0], 0.95),
        ([math.nan, 0.0, 1.0], 0.95),
        ([math.inf] * 3, math.nan),
        ([0.0, math.inf], math.nan),
        ([1.0] * 40 + [math.inf], 1.0),
        ([math.nan], math.nan),
    ],
)
def test_the_excess_is_not_known_where_the_solver_judged_too_few(
    tmp_path: Path, residuals: list[float], excess: float
) -> None:
    rows = {"pair": range(len(residuals)), "residual": residuals, "path": "neural", "metric": "raw"}
    write_csv(tmp_path / "arm" / "seed0" / "pairs.csv", pd.DataFrame({**rows, "outcome": "max_iterations"}))
    found = outcomes(tmp_path, ["arm"], [0])
    assert found["pairs"].tolist() == [len(residuals)]
    assert found["excess"].tolist() == pytest.approx([excess], nan_ok=True)
