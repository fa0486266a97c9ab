"""Levenberg and Marquardt's steps towards the geodesic that is nearest to some points.

Half of the weighted mean squared distance is minimised, its second derivative taken for that of flat space (Gauss and
Newton). Where a step does not make the value less, it is damped.
"""

from collections import Counter
from typing import Protocol, TypeVar, runtime_checkable

from torch import Tensor

from latentgeo.geometry.solution import Outcome
from latentgeo.progress import tell
from latentgeo.statistics.rays import Caster, Rays

__all__ = ["DIFFERENCE", "Fit", "Found", "descended", "outcome_of"]

DIFFERENCE = 1e-4
"""Of the points' spread: the differences by which the exponential map is differentiated."""

# the share that rounding may add to the value
_ROUNDING = 1e-6
# the damping, as a share of the curvature: first when a step has failed, times so much at every further failure
_DAMPING, _MORE, _TRIES = 1e-2, 10.0, 8


@runtime_checkable
class Found(Protocol):
    """A geodesic: half of the mean squared distance to it, and rays from it to the points."""

    @property
    def value(self) -> Tensor: ...

    @property
    def rays(self) -> Rays: ...


F = TypeVar("F", bound=Found)
S = TypeVar("S")


@runtime_checkable
class Fit(Protocol[F, S]):
    """What geodesics are held against."""

    def slopes(self, now: F) -> S | None:
        """How the value changes with the geodesic; None if one beside it does not arrive."""
        ...

    def residual(self, slopes: S | None) -> float:
        """Length of Gauss and Newton's step over the points' spread."""
        ...

    def stepped(self, now: F, slopes: S, damping: float) -> F | None:
        """The geodesic after a step; None if it does not arrive."""
        ...


def descended(fit: Fit[F, S], now: F, tolerance: float, most: int) -> tuple[F, float, int]:
    """The end of the descent, its residual, and how many steps led there.

    Args:
        fit: What is fitted to what.
        now: Where to begin.
        tolerance: Of the residual.
        most: Steps.
    """
    iteration, damping = 0, 0.0
    slopes = fit.slopes(now)
    residual = fit.residual(slopes)
    while slopes is not None and residual > tolerance and iteration < most:
        tell(f"step {iteration}, residual {residual:.2g}")
        iteration += 1
        tried, damping = _step(fit, now, slopes, damping)
        if tried is None:
            break
        now = tried
        slopes = fit.slopes(now)
        residual = fit.residual(slopes)
    return now, residual, iteration


def outcome_of(rays: Rays, caster: Caster, converged: bool) -> Outcome:
    """How a search ended whose last rays are these."""
    ended = Counter(rays.outcome)
    if not converged:
        return Outcome.MAX_ITERATIONS
    if ended[Outcome.BOUNDED]:
        return Outcome.BOUNDED
    whole = caster.exact and ended[Outcome.CONVERGED] == len(rays.outcome)
    return Outcome.CONVERGED if whole else Outcome.UNCERTIFIED


def _step(fit: Fit[F, S], now: F, slopes: S, damping: float) -> tuple[F | None, float]:
    """A step that makes the value less, and the damping for the next; no step where there is none."""
    for _ in range(_TRIES):
        tried = fit.stepped(now, slopes, damping)
        if tried is not None and (tried.value < now.value or _is_flatter(fit, tried, now, slopes)):
            return tried, damping / _MORE if damping > _DAMPING / _MORE else 0.0
        damping = max(_MORE * damping, _DAMPING)
    return None, damping


def _is_flatter(fit: Fit[F, S], tried: F, now: F, slopes: S) -> bool:
    """Whether a value that is the same to rounding has less of a slope: near the end it changes by less than that."""
    if bool(tried.value > now.value * (1 + _ROUNDING)):
        return False
    return fit.residual(fit.slopes(tried)) < fit.residual(slopes)
