"""Damped steps of a model of the energy, the damping of each pair raised where the model fails and lowered where it
holds.

Levenberg 1944, Marquardt 1963. No step is taken that makes a pair's energy larger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from latentgeo.geometry.solvers.batch import choose
from latentgeo.geometry.solvers.descent import Proposal, Valued

__all__ = ["Damped", "Rule", "proposal", "tried"]

_LARGEST = 1e8
# of the fall of the energy that a step promises: below the first it is not taken, below the second damped more
# strongly, above the third less
_TAKEN, _POOR, _GOOD = 1e-3, 0.25, 0.7

Model = TypeVar("Model", bound=Valued)


@dataclass(frozen=True)
class Damped(Generic[Model]):
    """Where each pair is.

    Attributes:
        control: (pairs, control, latent).
        model: Of the energy there.
        damping: (pairs,), of the next step.
    """

    control: Tensor
    model: Model
    damping: Tensor

    @property
    def value(self) -> Tensor:
        return self.model.value

    @property
    def stuck(self) -> Tensor:
        """Which pairs not even the shortest step moves."""
        return self.damping >= _LARGEST


@dataclass(frozen=True)
class Rule:
    """How the damping follows the model's success.

    Attributes:
        growth: What it is multiplied by after a failure.
        first: What it is then at least.
        decline: What it is divided by after a success.
        least: Below, it is zero.
    """

    growth: float
    first: float
    decline: float
    least: float


def proposal(step: Tensor, gradient: Tensor, damping: Tensor) -> Proposal:
    """A damped step, (pairs, inner, latent), and what it promises."""
    gain = -(gradient * step).flatten(1).sum(1) / 2
    # without the damping the step, and the gain, would be larger by at most 1 + damping
    return Proposal(step, gain, (1 + damping) * gain)


def tried(
    state: Damped[Model], proposed: Proposal, model_at: Callable[[Tensor, Model], Model], rule: Rule
) -> Damped[Model]:
    """The state after the steps of those pairs whose energy falls.

    Args:
        state: Before.
        proposed: The steps.
        model_at: Control points, and the models that they come from, to the models there.
        rule: For the damping.
    """
    trial = state.control.clone()
    trial[:, 1:-1] += proposed.step.view_as(trial[:, 1:-1])
    there = model_at(trial, state.model)
    ratio = torch.nan_to_num((state.value - there.value) / proposed.gain, nan=-1.0)
    control, model = choose(ratio > _TAKEN, (trial, there), (state.control, state.model))
    mu = state.damping
    grown = torch.where(ratio < _POOR, (rule.growth * mu).clamp(min=rule.first), mu)
    mu = torch.where(ratio > _GOOD, mu / rule.decline, grown)
    return Damped(control, model, torch.where(mu < rule.least, 0.0, mu))
