"""How far curves are off the data, in what encodings keep from each other."""

import pandas as pd
import pytest
import torch

from benchmarks.factors_in_ten import off_the_data, summary


def test_a_curve_is_as_far_off_as_its_farthest_point() -> None:
    training = torch.cartesian_prod(*[torch.arange(5, dtype=torch.float64)] * 2)
    held = training + torch.tensor([0.0, 0.1], dtype=torch.float64)
    along = torch.tensor([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]], dtype=torch.float64)
    away = torch.tensor([[0.0, 0.0], [2.0, -3.0], [4.0, 0.0]], dtype=torch.float64)
    off = off_the_data(torch.stack([along, away]), training, held)
    torch.testing.assert_close(off, torch.tensor([0.0, 30.0], dtype=torch.float64))


def test_the_summary_counts_who_stays_and_who_converged() -> None:
    rows = {"factor": ["none", "none", "RBFs"], "outcome": ["converged", "max_iterations", "converged"]}
    numbers = {"off": [1.0, 5.0, 1.5], "data_to_geodesic": [1.0, 3.0, 1.0], "line_to_geodesic": [2.0, 2.0, 1.0]}
    found = summary(pd.DataFrame({**rows, **numbers, "seconds": [1.0, 3.0, 9.0]}))
    assert found["stays"].to_dict() == pytest.approx({"none": 0.5, "RBFs": 1.0})
    assert found["converged"].to_dict() == pytest.approx({"none": 0.5, "RBFs": 1.0})
    assert found.loc["none", "data_to_geodesic"] == pytest.approx(2.0)
    assert found["seconds"].to_dict() == pytest.approx({"none": 2.0, "RBFs": 9.0})
