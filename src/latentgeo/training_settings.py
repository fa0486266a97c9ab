"""Settings of a training run, checked when they are made; beside `generative`, which loads torch."""

import itertools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["GRADIENTS", "TrainingSettings"]

GRADIENTS = ("dreg", "plain")


@dataclass(frozen=True)
class TrainingSettings:
    """How an IWAE is trained.

    Attributes:
        steps: Updates by Adam.
        batch: Observations in each.
        learning_rate: Its peak.
        samples: Importance samples K as pairs of the fraction of the steps from which it holds, and K.
        gradient: The encoder's: `"dreg"` (doubly reparameterised, Tucker et al. 2019) or `"plain"`.
        warm_up: Fraction of the steps over which the learning rate rises from 0 linearly.
        final_rate: Fraction of the peak at which the learning rate ends, falling along half a cosine.
        sigma_rate: Factor on the learning rate of the Gaussian's log sigma, which lags far behind at 1.
        bfloat16: Compute the decoder's layers in bfloat16 while training (never while validating).
        centre_output: Start the decoder's output at the training data's mean.
        validations: Evaluations of the validation bound, evenly spread; the best weights are kept.
        validation_rows: Rows of the validation split used for them, evenly spaced; all if it has fewer.
        validation_samples: Importance samples K of the validation bound.
        checkpoint_seconds: Wall-clock time between checkpoints.

    Raises:
        ValueError: A value is out of its range; the message names the field, what was expected and what came.
    """

    steps: int
    batch: int
    learning_rate: float | int
    samples: Sequence[Sequence[float | int]] = ((0, 50),)
    gradient: str = "dreg"
    warm_up: float | int = 0.05
    final_rate: float | int = 0.0
    sigma_rate: float | int = 10.0
    bfloat16: bool = False
    centre_output: bool = True
    validations: int = 20
    validation_rows: int = 1000
    validation_samples: int = 50
    checkpoint_seconds: float | int = 30.0

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "validations", "validation_rows", "validation_samples"):
            self._expect(name, _is_integer(getattr(self, name), 1), "a positive integer")
        for name in ("learning_rate", "sigma_rate", "checkpoint_seconds"):
            self._expect(name, _is_number(getattr(self, name), 0) and getattr(self, name) > 0, "a positive number")
        self._expect("warm_up", _is_number(self.warm_up, 0) and self.warm_up < 1, "a number from 0 and below 1")
        self._expect("final_rate", _is_number(self.final_rate, 0, 1), "a number from 0 to 1")
        for name in ("bfloat16", "centre_output"):
            self._expect(name, isinstance(getattr(self, name), bool), "true or false")
        self._expect("gradient", self.gradient in GRADIENTS, " or ".join(GRADIENTS))
        expected = "pairs [fraction, K], the fractions rising from 0 and below 1, K a positive integer"
        self._expect("samples", _is_schedule(self.samples), expected)

    def _expect(self, name: str, good: bool, expected: str) -> None:
        if not good:
            raise ValueError(f"training setting {name}: expected {expected}; got {repr(getattr(self, name))[:300]}")

    def samples_at(self, step: int) -> int:
        """Importance samples K at a step, counted from 0."""
        return int([k for fraction, k in self.samples if step >= fraction * self.steps][-1])

    def learning_rate_at(self, step: int) -> float:
        """Learning rate at a step, counted from 0: a linear rise, then half a cosine."""
        rising = self.warm_up * self.steps
        if step < rising:
            return self.learning_rate * (step + 1) / (rising + 1)
        done = (step - rising) / max(self.steps - rising, 1)
        falling = 0.5 * (1 + math.cos(math.pi * done))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * falling)


def _is_integer(value: Any, lowest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= lowest


def _is_number(value: Any, lowest: int, highest: float | int = sys.float_info.max) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest


def _is_schedule(value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return False
    if not all(isinstance(row, Sequence) and len(row) == 2 for row in value):
        return False
    fractions = [row[0] for row in value]
    if not all(_is_number(fraction, 0) and fraction < 1 for fraction in fractions) or fractions[0] != 0:
        return False
    rising = all(a < b for a, b in itertools.pairwise(fractions))
    return rising and all(_is_integer(row[1], 1) for row in value)
