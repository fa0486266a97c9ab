"""Training settings: schedules, and errors that name the field, what was expected and what came."""

import pytest

from latentgeo.generative import TrainingSettings

GOOD = {"steps": 100, "batch": 10, "learning_rate": 1e-3}


def test_samples_follow_their_schedule() -> None:
    settings = TrainingSettings(**GOOD, samples=[[0, 5], [0.85, 50]])
    assert [settings.samples_at(step) for step in (0, 84, 85, 99)] == [5, 5, 50, 50]


def test_learning_rate_rises_to_its_peak_and_falls_to_its_end() -> None:
    settings = TrainingSettings(**GOOD, warm_up=0.1, final_rate=0.2)
    rates = [settings.learning_rate_at(step) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10] == pytest.approx(1e-3)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(2e-4, rel=0.01)
    assert rates[0] > 0


def test_without_warm_up_the_first_step_has_the_peak() -> None:
    assert TrainingSettings(**GOOD, warm_up=0.0).learning_rate_at(0) == 1e-3


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("steps", 0, "a positive integer"),
        ("steps", 1e3, "a positive integer"),
        ("batch", True, "a positive integer"),
        ("learning_rate", "3e-3", "a positive number"),
        ("learning_rate", float("nan"), "a positive number"),
        ("learning_rate", 10**400, "a positive number"),
        ("sigma_rate", 0, "a positive number"),
        ("warm_up", 1, "a number from 0 and below 1"),
        ("final_rate", 1.5, "a number from 0 to 1"),
        ("bfloat16", 1, "true or false"),
        ("gradient", "double", "dreg or plain"),
        ("samples", 50, "pairs"),
        ("samples", [], "pairs"),
        ("samples", [[0.1, 5]], "pairs"),
        ("samples", [[0, 5], [0, 50]], "pairs"),
        ("samples", [[0, 5], [1.0, 50]], "pairs"),
        ("samples", [[0, 2.5]], "pairs"),
    ],
)
def test_a_bad_value_names_the_field(field: str, value: object, expected: str) -> None:
    settings = TrainingSettings(**GOOD)
    object.__setattr__(settings, field, value)  # the constructor would meet the type checker of the tests first
    with pytest.raises(ValueError, match=f"training setting {field}: expected {expected}.*; got "):
        settings.__post_init__()


def test_the_constructor_checks() -> None:
    with pytest.raises(ValueError, match="training setting steps: expected a positive integer; got 0"):
        TrainingSettings(**{**GOOD, "steps": 0})
