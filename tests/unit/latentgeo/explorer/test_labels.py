"""What the data are coloured by."""

from typing import Any

import numpy as np
import pytest
import torch

from latentgeo.explorer.labels import labels_part

ROWS = np.array([0, 2])


def test_words_and_integers_are_classes() -> None:
    found = labels_part({"digit": torch.tensor([3, 7, 3])}, None, ROWS, 3)
    assert (found["kind"], found["name"], found["names"]) == ("class", "digit", ["3", "7"])
    assert labels_part(["b", "a", "b"], None, ROWS, 3)["names"] == ["a", "b"]


def test_floats_are_numbers_and_with_a_period_angles() -> None:
    found = labels_part(np.array([0.0, 5.0, 10.0]), None, ROWS, 3)
    assert (found["kind"], found["range"]) == ("value", pytest.approx([0.1, 9.9]))
    assert labels_part([0.5, 1.0, 7.0], 2.0, ROWS, 3)["kind"] == "phase"


def test_without_labels_there_are_none() -> None:
    assert labels_part(None, None, ROWS, 3) is None


@pytest.mark.parametrize(
    ("labels", "period", "message"),
    [
        ([1, 2], None, r"labels must be one a point of data, \(3,\); got \(2,\)"),
        ({"a": [1, 2, 3], "b": [1, 2, 3]}, None, "labels must be one array, or a mapping of one name"),
        ([1, 2, 3], 2.0, "period is of numbers; labels of type int64 are classes"),
        ([0.0, 1.0, np.inf], None, "labels must be finite"),
        ([0.0, 1.0, 2.0], -1.0, "period must be positive"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels: Any, period: float | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        labels_part(labels, period, ROWS, 3)


def test_more_classes_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 20 classes, which can be told apart; got 30"):
        labels_part(np.arange(30), None, ROWS, 30)
