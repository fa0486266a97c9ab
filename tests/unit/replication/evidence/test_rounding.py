"""Numbers as words, where the number of digits changes."""

import pytest

from replication.evidence.bootstrap import Estimate
from replication.evidence.rounding import mathtext, number, with_interval


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (float("-inf"), "–"),
        (0.0, "0"),
        (0.3187, "0.319"),
        (1.0, "1.00"),
        (-2.5678, "-2.57"),
        (99.94, "99.9"),
        (99.96, "100.0"),
        (132.82, "132.8"),
        (999.96, "1000"),
        (12345.6, "12346"),
        (123456.0, "1.23e+05"),
        (0.00099, "9.90e-04"),
    ],
)
def test_three_significant_digits_or_more(value: float | None, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.0123, "0.012"),
        (9876.0, "9900"),
        (12345.0, r"1.2 \times 10^{4}"),
        (0.0056, r"5.6 \times 10^{-3}"),
    ],
)
def test_two_significant_digits_in_a_formula(value: float, words: str) -> None:
    assert mathtext(value) == words


def test_an_interval_stands_beside_its_estimate_where_there_is_one() -> None:
    assert with_interval(Estimate(0.3191, 0.3004, 0.3377, 100)) == "0.319 [0.300, 0.338]"
    assert with_interval(Estimate(0.3191, float("nan"), float("nan"), 1)) == "0.319"
