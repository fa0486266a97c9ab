"""Ratios of lengths by the paper's solver, at the strengths of the smoothing at which it was asked."""

import numpy as np
import pandas as pd
import pytest

from replication.evidence.solver_ratios import of_papers_solver
from replication.files.needs import Needs

SCALE = 4.0


def collected(*metrics: str) -> Needs:
    """Three pairs, two of which the solver was asked for; lines are three times as long as its curves."""
    strength = {"raw": 0.0, "smoothed_1": SCALE, "smoothed": 1000 * SCALE}
    rows = [
        {"pair": pair, "metric": metric, "path": path, "length": length * (pair + 1), "lambda_s": strength[metric]}
        for metric in strength
        for path, length in (("euclidean", 3.0), ("neural", 1.0))
        for pair in range(3)
        if path == "euclidean" or (pair < 2 and metric in metrics)
    ]
    grid = {"lambda_scale": np.array(SCALE)}
    return Needs({"arm": {5: {"pairs.csv": pd.DataFrame(rows), "metric_grid.npz": grid}}})


def test_a_ratio_a_strength_on_the_pairs_of_both() -> None:
    found = of_papers_solver(collected("raw", "smoothed_1", "smoothed"), "arm", "euclidean")
    assert list(found) == [0.0, 1.0, 1000.0]
    assert all(one.value == pytest.approx(3.0) and one.n == 2 for one in found.values())


def test_where_it_was_not_asked_there_is_none() -> None:
    assert list(of_papers_solver(collected("smoothed"), "arm", "euclidean")) == [1000.0]
    assert of_papers_solver(collected("smoothed"), "arm", "manifold") == {}
