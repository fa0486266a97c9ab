"""Whether a training state fits the run that is to go on from it.

torch trusts a state: Adam with moments of another shape writes beyond their memory. So everything is checked first.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from latentgeo.training_settings import TrainingSettings

__all__ = ["check_state"]

_ROW = {"step", "seconds", "bound_train", "bound_valid", "sigma"}
_SEEDS = 2**62


def check_state(
    tensors: Mapping[str, Tensor],
    record: Mapping[str, Any],
    weights: Mapping[str, Tensor],
    parameters: list[Tensor],
    settings: TrainingSettings,
) -> None:
    """Refuse a state whose numbers cannot be those of this run.

    Args:
        tensors: Of the state.
        record: Of the state.
        weights: The model's, by name.
        parameters: Those that Adam moves, in its order.
        settings: Of the run.

    Raises:
        ValueError: Something is missing, has another shape or type, or is out of its range; the message names it.
    """
    _check_record(record, settings)
    expected = {f"model.{name}": tensor for name, tensor in weights.items()}
    if record["best_bound"] is not None:
        expected |= {f"best.{name}": tensor for name, tensor in weights.items()}
    for index, parameter in enumerate(parameters):
        expected |= {f"adam.{index}.exp_avg": parameter, f"adam.{index}.exp_avg_sq": parameter}
        expected[f"adam.{index}.step"] = torch.tensor(0.0)
    expected["generator"] = torch.Generator().get_state()
    for name in sorted(set(tensors) ^ set(expected)):
        _expect(name in tensors, name, "a tensor", "none")
        _expect(name in expected, name, "no such tensor", "one")
    for name, tensor in expected.items():
        found = tensors[name]
        good = found.shape == tensor.shape and found.dtype == tensor.dtype
        _expect(good, name, f"{tensor.dtype} of shape {tuple(tensor.shape)}", f"{found.dtype} of {tuple(found.shape)}")
        _expect(bool(torch.isfinite(found).all()), name, "finite numbers", "a NaN or an infinity")
        if name.endswith("exp_avg_sq"):
            _expect(bool((found >= 0).all()), name, "numbers that are not negative", f"{float(found.min())}")
        if name.startswith("adam.") and name.endswith(".step"):
            _expect(float(found) == record["step"], name, f"the record's step, {record['step']}", f"{float(found)}")


def _check_record(record: Mapping[str, Any], settings: TrainingSettings) -> None:
    counts = {"step": (1, settings.steps), "bound_steps": (0, settings.steps)}
    counts |= {"order_seed": (0, _SEEDS), "valid_seed": (0, _SEEDS)}
    for name, (low, high) in counts.items():
        value = record[name]
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        _expect(good, name, f"an integer from {low} to {high}", repr(value))
    unfinished = record["best_bound"] is None and record["step"] < settings.steps
    low, high = (0, 0) if unfinished else (1, record["step"])
    best = record["best_step"]
    good = isinstance(best, int) and not isinstance(best, bool) and low <= best <= high
    _expect(good, "best_step", f"an integer from {low} to {high}", repr(best))
    _expect(unfinished or _is_number(record["best_bound"]), "best_bound", "a number", repr(record["best_bound"]))
    _expect(_is_number(record["bound_sum"]), "bound_sum", "a number", repr(record["bound_sum"]))
    seconds = record["seconds"]
    _expect(_is_number(seconds) and seconds >= 0, "seconds", "a number that is not negative", repr(seconds))
    history = record["history"]
    _expect(isinstance(history, list) and all(map(_is_row, history)), "history", f"rows of {sorted(_ROW)}", "others")


def _is_row(row: Any) -> bool:
    if not isinstance(row, Mapping) or set(row) != _ROW:
        return False
    return all(_is_number(value) or (name == "sigma" and value is None) for name, value in row.items())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _expect(good: bool, name: str, expected: str, found: str) -> None:
    if not good:
        raise ValueError(
            f"the state to resume from: {name}: expected {expected}; got {found[:80]}; delete it to train anew"
        )
