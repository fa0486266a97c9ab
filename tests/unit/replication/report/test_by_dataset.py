"""The README's small table, of a verdict made by hand."""

import pandas as pd

from replication.report.by_dataset import by_dataset

ROWS = [
    ("robot_arm_euclidean_over_geodesic", "robot_arm", 2.74, 6.383, 8.81, "not reproduced"),
    ("robot_arm_pair", "robot_arm", 1.48, 0.261, float("nan"), "reproduced"),
    ("toy_euclidean_over_geodesic", "toy", 2.0, 2.1, 2.2, "partly"),
]


def test_a_row_a_data_set_and_one_of_all() -> None:
    verdict = pd.DataFrame(ROWS, columns=["item", "dataset", "paper", "ours", "shortest", "verdict"])
    table = by_dataset(verdict).set_index("data")
    assert list(table.index) == ["Robot arm", "Toy", "all"]
    counts = table[["claims", "reproduced", "partly", "not reproduced"]]
    assert counts.loc["Robot arm"].tolist() == ["2", "1", "0", "1"]
    assert counts.loc["all"].tolist() == ["3", "1", "1", "1"]
    assert table.loc["Robot arm"].tolist()[-3:] == ["2.74", "6.38", "8.81"]
    assert set(table.loc["all"].tolist()[-3:]) == {""}
