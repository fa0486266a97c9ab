"""Training: it learns, it resumes to the bit, it keeps the best weights and it refuses what it cannot train on."""

import math
import os
import signal
import threading

import pytest
import torch
from torch import Tensor

from latentgeo.generative import IWAE, TrainingSettings, TrainingState, evaluation, fit

OBS = 6


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def circle(rows: int, seed: int, noise: float = 0.1) -> Tensor:
    angle = 2 * math.pi * torch.rand(rows, 1, generator=generator(seed))
    phase = torch.linspace(0, 2, OBS)
    return torch.sin(angle + phase) + noise * torch.randn(rows, OBS, generator=generator(seed + 1))


def gaussian() -> IWAE:
    return IWAE(OBS, hidden=(16, 16), likelihood="gaussian", generator=generator(1))


def recipe(**changes: object) -> TrainingSettings:
    defaults = {
        "steps": 60,
        "batch": 25,
        "learning_rate": 5e-3,
        "samples": [[0, 2], [0.5, 4]],
        "validations": 4,
        "validation_rows": 40,
        "validation_samples": 5,
        "checkpoint_seconds": 1e-9,
    }
    return TrainingSettings(**{**defaults, **changes})


def same_weights(first: IWAE, second: IWAE) -> bool:
    others = second.state_dict()
    return all(torch.equal(tensor, others[name]) for name, tensor in first.state_dict().items())


@pytest.mark.parametrize("gradient", ["dreg", "plain"])
def test_learns_the_noise_of_a_circle(gradient: str) -> None:
    model, train, valid = gaussian(), circle(1000, 2), circle(200, 4)
    before = evaluation.test_bound(model, valid, 20, generator(), batch=100)
    settings = recipe(
        steps=500, batch=100, learning_rate=1e-2, samples=[[0, 10]], gradient=gradient, checkpoint_seconds=1e3
    )
    result = fit(model, train, valid, settings, generator(5))
    assert evaluation.test_bound(model, valid, 20, generator(), batch=100) > before + 3
    assert model.sigma == pytest.approx(0.1, rel=0.15)
    assert result.history[-1]["sigma"] == pytest.approx(0.1, rel=0.15)


def test_learns_binary_observations_in_bfloat16_from_bytes() -> None:
    pattern = (torch.rand(2, OBS, generator=generator(3)) < 0.5).byte()
    train = pattern.repeat(100, 1)
    model = IWAE(OBS, hidden=(16,), generator=generator(1))
    fit(model, train, train, recipe(steps=200, learning_rate=2e-2, bfloat16=True), generator())
    # two patterns, equally likely: log p(x) is at most -log 2; untrained, each of the dimensions costs a log 2
    bound = evaluation.test_bound(model, train, 20, generator(), batch=100)
    assert -1.5 < bound < -math.log(2)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("stop", [1, 29, 31, 45, 59])
def test_resumes_to_the_bit(likelihood: str, stop: int) -> None:
    train, valid = circle(110, 2), circle(50, 4)
    if likelihood == "bernoulli":
        train, valid = (train > 0).byte(), (valid > 0).byte()
    states: list[TrainingState] = []
    whole = IWAE(OBS, hidden=(16,), likelihood=likelihood, generator=generator(1))
    expected = fit(whole, train, valid, recipe(), generator(5), on_checkpoint=states.append)
    state = next(state for state in states if state.record["step"] == stop)
    again = IWAE(OBS, hidden=(16,), likelihood=likelihood, generator=generator(99))
    later: list[TrainingState] = []
    found = fit(again, train, valid, recipe(), generator(77), resume=state, on_checkpoint=later.append)
    assert same_weights(whole, again)
    assert [row | {"seconds": 0.0} for row in found.history] == [row | {"seconds": 0.0} for row in expected.history]
    assert found.best_step == expected.best_step
    assert found.seconds >= state.record["seconds"]
    assert later[-1].tensors.keys() == states[-1].tensors.keys()
    assert all(torch.equal(tensor, later[-1].tensors[name]) for name, tensor in states[-1].tensors.items())


def test_checkpoints_do_not_change_the_result() -> None:
    train, valid = circle(110, 2), circle(50, 4)
    often, never = gaussian(), gaussian()
    fit(often, train, valid, recipe(), generator(5), on_checkpoint=lambda _: None)
    fit(never, train, valid, recipe(checkpoint_seconds=1000.0), generator(5))
    assert same_weights(often, never)


def test_a_state_is_a_copy() -> None:
    states: list[TrainingState] = []
    fit(gaussian(), circle(110, 2), circle(50, 4), recipe(), generator(), on_checkpoint=states.append)
    assert not torch.equal(states[0].tensors["model.decoder.0.weight"], states[-1].tensors["model.decoder.0.weight"])
    assert not states[0].record["history"]


def test_does_not_touch_the_global_random_state() -> None:
    before = torch.get_rng_state()
    fit(gaussian(), circle(110, 2), circle(50, 4), recipe(), generator())
    assert torch.equal(torch.get_rng_state(), before)


def test_validation_does_not_disturb_the_training_stream() -> None:
    rare, often = recipe(validations=1), recipe(validations=30)
    models = [gaussian(), gaussian()]
    ends: list[list[TrainingState]] = [[], []]
    for model, settings, states in zip(models, (rare, often), ends, strict=True):
        fit(model, circle(110, 2), circle(50, 4), settings, generator(5), on_checkpoint=states.append)
    first, second = (states[-1].tensors for states in ends)
    assert all(torch.equal(first[name], second[name]) for name in first if name.startswith("model."))


def test_keeps_the_weights_with_the_best_validation_bound() -> None:
    model, valid = gaussian(), circle(40, 4)
    settings = recipe(learning_rate=0.3, warm_up=0.0, final_rate=1.0, steps=40, validations=40)
    states: list[TrainingState] = []
    result = fit(model, circle(30, 2), valid, settings, generator(5), on_checkpoint=states.append)
    best = max(result.history, key=lambda row: row["bound_valid"])
    assert result.best_step == best["step"] < 40
    found = evaluation.test_bound(model, valid, 5, generator(states[0].record["valid_seed"]), batch=100)
    assert found == pytest.approx(best["bound_valid"], rel=1e-6)


def test_reports_steps_and_evenly_spread_validations() -> None:
    steps: list[int] = []
    result = fit(
        gaussian(),
        circle(110, 2),
        circle(50, 4),
        recipe(steps=57),
        generator(),
        on_step=lambda step, _: steps.append(step),
    )
    assert steps[-1] == 57
    assert {10, 20, 30, 40, 50} <= set(steps)
    assert [row["step"] for row in result.history] == [15, 29, 43, 57]
    assert all(math.isfinite(row["bound_train"]) for row in result.history)


def test_more_validations_than_steps_are_one_a_step() -> None:
    result = fit(gaussian(), circle(110, 2), circle(50, 4), recipe(steps=3, validations=20), generator())
    assert [row["step"] for row in result.history] == [1, 2, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_held_until_the_state_is_saved(number: signal.Signals) -> None:
    train, valid = circle(110, 2), circle(50, 4)
    expected = gaussian()
    fit(expected, train, valid, recipe(), generator(5))
    states: list[TrainingState] = []
    delivered: list[int] = []
    before = signal.signal(number, lambda received, _: delivered.append(received))
    try:
        with pytest.raises(KeyboardInterrupt, match="stopped after step 20 of 60"):
            fit(
                gaussian(),
                train,
                valid,
                recipe(checkpoint_seconds=1000.0),
                generator(5),
                on_step=lambda step, _: os.kill(os.getpid(), number) if step == 20 else None,
                on_checkpoint=states.append,
            )
    finally:
        signal.signal(number, before)
    assert delivered == [number]
    assert [state.record["step"] for state in states] == [20]
    again = gaussian()
    fit(again, train, valid, recipe(), generator(), resume=states[0])
    assert same_weights(expected, again)


def test_trains_outside_the_main_thread() -> None:
    results = []
    thread = threading.Thread(
        target=lambda: results.append(fit(gaussian(), circle(110, 2), circle(50, 4), recipe(), generator()))
    )
    thread.start()
    thread.join()
    assert results[0].best_step > 0


def test_a_bound_that_is_not_a_number_names_the_step() -> None:
    settings = recipe(learning_rate=1e30, warm_up=0.0, centre_output=False)
    with pytest.raises(FloatingPointError, match=r"the bound is (nan|-inf) at step 2 of 60; a lower learning_rate"):
        fit(gaussian(), circle(110, 2), circle(50, 4), settings, generator())


def test_refuses_observations_that_do_not_fit() -> None:
    good, model = circle(50, 2), gaussian()
    broken = good.clone()
    broken[7, 1] = math.nan
    for train, valid, message in [
        (good[:, :5], good[:, :5], r"train: expected rows of 6 numbers, as the model has them; got \(50, 5\)"),
        (good, good[:0], r"valid: expected rows of 6 numbers.*got \(0, 6\)"),
        (broken, good, "train: expected finite numbers; row 7 holds a NaN or an infinity"),
        (good[:20], good, "batch: expected at most the 20 rows of train; got 25"),
    ]:
        with pytest.raises(ValueError, match=message):
            fit(model, train, valid, recipe(), generator())
    with pytest.raises(ValueError, match="a Bernoulli likelihood needs values from 0 to 1"):
        fit(IWAE(OBS), good, good, recipe(), generator())


def test_refuses_a_state_of_another_run() -> None:
    train, valid, states = circle(110, 2), circle(50, 4), []
    fit(gaussian(), train, valid, recipe(steps=5), generator(), on_checkpoint=states.append)
    with pytest.raises(ValueError, match="made with training setting steps 5; this run has 60"):
        fit(gaussian(), train, valid, recipe(), generator(), resume=states[0])
    other = IWAE(OBS, hidden=(8,), likelihood="gaussian")
    with pytest.raises(ValueError, match=r"made with architecture hidden \[16, 16\]; this run has \[8\]"):
        fit(other, train, valid, recipe(steps=5), generator(), resume=states[0])
