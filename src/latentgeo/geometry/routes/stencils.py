"""Central differences of high order, and at which step they are best.

Values at 11 even places along a direction give a function's first three directional derivatives with errors of order
h^10, h^10 and h^8 (Fornberg 1988). The difference from what the inner 9 places give is an estimate of the error, that
of rounding included: a ladder of steps is tried, and the step with the least estimate is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import comb, factorial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["LADDER", "PLACES", "Reference", "compared", "differences", "reference"]

# places to each side of the middle
PLACES = 5
# steps that are tried, in units in which the latent points have spread one
LADDER = (1e-1, 2e-2, 4e-3, 8e-4, 1.6e-4, 3e-5)

# times the sum of two steps' errors: what speaks against the longer step, and against the shorter, which sees less
_LONGER_IS_WRONG, _SHORTER_IS_WRONG = 10.0, 30.0
# of the largest derivative: more is no error of a smooth function's at a good step
_FAR = 1e-4


@dataclass(frozen=True)
class Reference:
    """Directional derivatives of a function of points, by differences of its values.

    Attributes:
        derivative: One tensor (points, outputs) for each order, from the first.
        error: Their estimated errors, of the same shapes: for each point that of its worst output.
        step: The best step for all points together, one for each order.
        size: The largest value, whose rounding differences feel.
    """

    derivative: tuple[Tensor, ...]
    error: tuple[Tensor, ...]
    step: tuple[float, ...]
    size: float = 0.0


def differences(values: Float[Tensor, "places *rest"], order: int, step: float | Tensor) -> Float[Tensor, "*rest"]:
    """The derivative of some order in the middle of values at even places, an odd number of them."""
    weights = torch.as_tensor(_weights(len(values) // 2, order)).to(values)
    return torch.tensordot(weights, values, dims=1) / step**order


def compared(
    values: Float[Tensor, "places points outputs"], order: int, step: float
) -> tuple[Float[Tensor, "points outputs"], Float[Tensor, "points outputs"]]:
    """As `differences`, and by how much fewer places give another derivative.

    Two sets of places may feel a kink alike, three hardly: where the third is far off, that counts.
    """
    found, coarse, coarser = (differences(values[cut : len(values) - cut], order, step) for cut in (0, 1, 2))
    near, far = (found - coarse).abs(), (coarse - coarser).abs()
    kinked = far.amax(1, keepdim=True) > _FAR * found.abs().amax(1, keepdim=True)
    return found, torch.where(kinked, torch.maximum(near, far), near)


def reference(
    function: Callable[[Tensor], Tensor],
    z: Float[Tensor, "points latent"],
    v: Float[Tensor, "points latent"],
    orders: int = 3,
) -> Reference:
    """Derivatives of a function at points along directions, each at the best step of the ladder for that point.

    Args:
        function: Points (rows, latent) to outputs (rows, outputs), each row on its own.
        z: Points.
        v: Directions, as long as a step of one would be.
        orders: How many derivatives.
    """
    places = torch.arange(-PLACES, PLACES + 1, dtype=z.dtype, device=z.device)
    off = places[places != 0]
    ladder = torch.tensor(LADDER, dtype=z.dtype, device=z.device)
    shifts = ladder[:, None] * off
    rows = torch.cat([z.unsqueeze(0), (z + shifts.view(-1, 1, 1) * v)])
    values = function(rows.flatten(0, 1)).view(len(rows), len(z), -1)
    middle, around = values[:1], values[1:].view(len(LADDER), 2 * PLACES, len(z), -1)
    tables = [torch.cat([sides[:PLACES], middle, sides[PLACES:]]) for sides in around]
    derivatives, errors, steps = [], [], []
    for order in range(1, orders + 1):
        each_step = [compared(table, order, step) for table, step in zip(tables, LADDER, strict=True)]
        found, apart = (torch.stack(part) for part in zip(*each_step, strict=True))
        estimate = apart + _rounding(_noise(values, tables[-1]), order, ladder)
        # one lucky output among many says nothing of the noise of the others
        worst = torch.nan_to_num(estimate.amax(2), nan=float("inf"))
        worst = torch.maximum(worst, _contradictions(found, worst))
        error = worst.unsqueeze(2).expand_as(found)
        best = worst.argmin(0)
        each = torch.arange(len(z), device=z.device)
        derivatives.append(found[best, each])
        errors.append(error[best, each])
        steps.append(LADDER[int(worst.amax(1).argmin())])
    return Reference(tuple(derivatives), tuple(errors), tuple(steps), float(values.abs().max()))


def _contradictions(found: Tensor, error: Tensor) -> Tensor:
    """By how much each step's derivatives are beyond the errors of another step's: values that are rounded are constant
    over short steps, and there differ from what longer ones see."""
    apart = torch.nan_to_num((found[:, None] - found[None]).abs().amax(3), nan=0.0)
    # steps descend
    shorter = torch.ones(len(found), len(found), dtype=torch.bool, device=found.device).tril(-1).unsqueeze(2)
    limit = torch.where(shorter, _SHORTER_IS_WRONG, _LONGER_IS_WRONG)
    beyond = apart > limit.to(error) * (error[:, None] + error[None])
    return torch.where(beyond, apart, 0.0).amax(1)


def _noise(values: Tensor, closest: Tensor) -> Tensor:
    """By how much values are off, (points,): by rounding at least, or by what is left of differences of order 10."""
    rounding = float(values.abs().max()) * torch.finfo(values.dtype).eps
    places = len(closest)
    left = closest.diff(n=places - 1, dim=0)[0].abs().amax(1) / comb(2 * places - 2, places - 1) ** 0.5
    return left.nan_to_num(nan=0.0).clamp_min(rounding)


def _rounding(noise: Tensor, order: int, ladder: Tensor) -> Tensor:
    """What noise of the values may add at each step, (steps, points, 1)."""
    return (noise * float(np.abs(_weights(PLACES, order)).sum()) / ladder.unsqueeze(1) ** order).unsqueeze(2)


@lru_cache
def _weights(reach: int, order: int) -> np.ndarray:
    """Weights of values at -reach, ..., reach for the derivative of some order in the middle, with step one."""
    places = np.arange(-reach, reach + 1, dtype=float)
    moments = np.zeros(len(places))
    moments[order] = factorial(order)
    # scaled places keep the Vandermonde matrix well conditioned
    scaled = places / reach
    solved = np.linalg.solve(np.vander(scaled, increasing=True).T, moments)
    # exact zeros, and exact (anti)symmetry
    sign = 1 if order % 2 == 0 else -1
    return (solved + sign * solved[::-1]) / 2 / float(reach) ** order
