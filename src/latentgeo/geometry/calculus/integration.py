"""Ordinary differential equations y' = f(t, y) over t in [0, 1], many at once: Dormand-Prince 5(4).

Dormand and Prince 1980. Every row has a step size, an error and an end of its own; rows that are done cost no more. A
right-hand side that is smooth between given times only, such as one along a spline, is stepped up to each of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.progress import tell

__all__ = ["Arrival", "Integration", "Slope", "attainable", "integrate"]

Slope = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Numbers (rows,) of the rows that are asked for, their times (rows,) and states (rows, state) to dy/dt."""

_TIMES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)

# fifth order minus fourth
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 5.0
_FIRST_STEP = 0.05
# a step that has to be shorter has met a singularity
_SHORTEST_STEP = 1e-10
# of a piece: how far from its ends the right-hand side is asked for, so that it is that of this piece
_INSIDE = 1e-11


class Arrival(Enum):
    """How an integration ended; the value is what tables print."""

    REACHED = "reached"
    STEP_LIMIT = "step_limit"
    """Still under way after the greatest number of steps."""
    LEFT_DOMAIN = "left_domain"
    """The right-hand side became NaN or infinite, or the steps shrank to nothing: the end of the chart."""


@dataclass(frozen=True)
class Integration:
    """Where each row ended.

    Attributes:
        y: (rows, state), at the last good step.
        time: (rows,), of that; 1 where it was reached.
        arrival: One a row.
        steps: (rows,), steps tried, integers.
    """

    y: Tensor
    time: Tensor
    arrival: list[Arrival]
    steps: Tensor


def attainable(tolerance: float, dtype: torch.dtype | None) -> float:
    """The tolerance, or ten roundings where these are more, of what the right-hand side is evaluated in, if known."""
    return tolerance if dtype is None else max(tolerance, 10 * torch.finfo(dtype).eps)


@torch.no_grad()
def integrate(
    slope: Slope,
    y0: Float[Tensor, "rows state"],
    size: Callable[[Tensor], Tensor],
    *,
    tolerance: float,
    max_steps: int,
    breaks: Float[Tensor, "rows breaks"] | None = None,
) -> Integration:
    """Follow y' = f(t, y) from t = 0 to t = 1.

    Args:
        slope: The right-hand side, each row on its own.
        y0: States at t = 0.
        size: States (rows, state) to (rows,): what a row's error is relative to, the largest so far. A row of size
            zero at the start does not move.
        tolerance: Greatest norm of the estimated error of a step, over the size; ten roundings at least.
        max_steps: Steps of a row, beyond one for each of its pieces.
        breaks: Times from 0 to 1 between which the right-hand side is smooth; by default it is everywhere.
    """
    rows, like = len(y0), y0
    if breaks is None:
        breaks = like.new_tensor([0.0, 1.0]).expand(rows, -1)
    breaks = breaks.to(like)
    tolerance = max(tolerance, 10 * torch.finfo(like.dtype).eps)
    limit = max_steps + breaks.shape[1] - 1
    y, time, scale = y0.clone(), like.new_zeros(rows), size(y0)
    step, steps = like.new_full((rows,), _FIRST_STEP), torch.zeros(rows, dtype=torch.long, device=like.device)
    piece, k = torch.zeros_like(steps), torch.zeros_like(y)
    stale = torch.ones(rows, dtype=torch.bool, device=like.device)
    time[scale == 0] = 1
    lost = torch.zeros_like(stale)
    while len(now := ((time < 1) & ~lost & (steps < limit)).nonzero().squeeze(1)):
        tell(f"{len(now)} of {rows} under way, the last at {float(time[now].min()):.0%} of its time")
        new = now[stale[now]]
        if len(new):
            k[new] = _along(slope, breaks, piece, new, time[new], y[new])
            stale[new] = False
            lost[new] = ~torch.isfinite(k[new]).all(1)
            now = now[~lost[now]]
            if not len(now):
                continue
        end = breaks[now, piece[now] + 1]
        h = torch.minimum(step[now], end - time[now])
        y_new, k_new, error = _step(slope, breaks, piece, now, time[now], y[now], k[now], h)
        error = error / scale[now]
        finite = torch.isfinite(error) & torch.isfinite(k_new).all(1)
        good = finite & (error <= tolerance)
        factor = torch.where(finite, _SAFETY * (tolerance / error) ** 0.2, 0.0).clamp(_SHRINK, _GROW)
        factor = torch.where(good, factor, factor.clamp(max=_SAFETY))
        # a good step that was cut short at a break says nothing against the one it was cut from
        cut = good & (h < step[now])
        step[now] = torch.where(cut, torch.maximum(h * factor, step[now]), h * factor)
        steps[now] += 1
        lost[now] = step[now] < _SHORTEST_STEP
        on = now[good]
        arrived = h[good] >= end[good] - time[on]
        time[on] = torch.where(arrived, end[good], time[on] + h[good])
        y[on], k[on] = y_new[good], k_new[good]
        scale[on] = torch.maximum(scale[on], size(y[on]))
        crossed = on[arrived & (time[on] < 1)]
        stale[crossed] = True
        # pieces may have no length: the padding of a shorter curve
        piece[crossed] = torch.searchsorted(breaks[crossed].contiguous(), time[crossed, None], right=True)[:, 0] - 1
    arrival = [
        Arrival.REACHED if there else Arrival.LEFT_DOMAIN if gone else Arrival.STEP_LIMIT
        for there, gone in zip((time >= 1).tolist(), lost.tolist(), strict=True)
    ]
    return Integration(y, time, arrival, steps)


def _step(
    slope: Slope, breaks: Tensor, piece: Tensor, now: Tensor, time: Tensor, y: Tensor, k: Tensor, h: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The state after a step, the slope there, and the norm of the step's estimated error."""
    slopes, state = [k], y
    for share, weights in zip(_TIMES[1:], _STAGES[1:], strict=True):
        state = y + h[:, None] * sum(weight * found for weight, found in zip(weights, slopes, strict=True) if weight)
        slopes.append(_along(slope, breaks, piece, now, time + share * h, state))
    error = h[:, None] * sum(weight * found for weight, found in zip(_ERROR, slopes, strict=True))
    return state, slopes[-1], torch.linalg.vector_norm(error, dim=1)


def _along(slope: Slope, breaks: Tensor, piece: Tensor, now: Tensor, time: Tensor, y: Tensor) -> Tensor:
    """The slope of some rows, asked for within the piece that each is in."""
    start, end = breaks[now, piece[now]], breaks[now, piece[now] + 1]
    margin = _INSIDE * (end - start)
    return slope(now, torch.minimum(torch.maximum(time, start + margin), end - margin), y)
