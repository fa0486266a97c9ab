"""Backtracking along a direction of descent until the energy falls enough; each pair has its own step length.

Nocedal and Wright 2006, algorithm 3.1, with the next length by a parabola.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from latentgeo.geometry.solvers.batch import put, select
from latentgeo.geometry.solvers.descent import Proposal, Valued

__all__ = ["backtracked"]

_HALVINGS = 12
# of the fall that the slope promises
_ENOUGH = 1e-4

Known = TypeVar("Known", bound=Valued)


def backtracked(
    control: Float[Tensor, "pairs control latent"],
    here: Known,
    proposed: Proposal,
    evaluate: Callable[[Tensor, Int[Tensor, "some"]], Known],
) -> tuple[Float[Tensor, "pairs control latent"], Known]:
    """Control points whose energy is less, and what is known there; a pair that finds no such step stays.

    Args:
        control: Where to start; the ends stay.
        here: What is known there.
        proposed: The steps, and half the slope along them.
        evaluate: The control points of some pairs, and which these are, to what is known there.
    """
    start, level = control, here.value
    step, slope = proposed.step.view_as(control[:, 1:-1]), -2 * proposed.gain
    pending = torch.arange(len(control), device=control.device)
    length = torch.ones_like(level)
    for _ in range(_HALVINGS):
        trial = start[pending]
        trial[:, 1:-1] += length[pending, None, None] * step[pending]
        found = evaluate(trial, pending)
        a = length[pending]
        fall = a * slope[pending]
        enough = found.value <= level[pending] + _ENOUGH * fall
        control, here = put((control, here), select((trial, found), enough), pending[enough])
        # the minimum of the parabola through both values and the slope, within [0.1, 0.5] of the step
        best = torch.nan_to_num(-fall / (2 * (found.value - level[pending] - fall)), nan=0.1).clamp(0.1, 0.5)
        length[pending] = a * best
        pending = pending[~enough]
        if not len(pending):
            break
    return control, here
