"""The box in a 2-D latent space that a cache covers and curves keep to."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.periods import Periods

__all__ = ["Bounds", "bounding_box", "checked_bounds", "open_bounds", "spanned"]

Bounds = tuple[tuple[float, float], tuple[float, float]]
"""((x low, x high), (y low, y high)) in latent units."""

# of a period: by how much the width of bounds may differ from it
_SAME = 1e-6


def checked_bounds(bounds: Bounds | Tensor) -> Bounds:
    """The bounds as plain numbers.

    Raises:
        ValueError: They are not two increasing pairs of finite numbers, or so close that distances in units of the
            box's width overflow.
    """
    try:
        # a tensor has a precision, numbers are Python's
        box = bounds.detach() if isinstance(bounds, Tensor) else torch.as_tensor(bounds, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        box = torch.empty(0)
    # beyond, a product of four overflows, of the numbers or of what is divided by the width
    good = box.shape == (2, 2) and not box.is_complex() and bool((box.double().abs() < 1e77).all())
    if not good or not bool((box[:, 1].double() - box[:, 0].double() > 1e-70).all()):
        got = " ".join(str(bounds).split())[:200]
        raise ValueError(f"bounds must be ((x low, x high), (y low, y high)), finite and increasing; got {got}")
    (x_low, x_high), (y_low, y_high) = box.double().tolist()
    return (x_low, x_high), (y_low, y_high)


def spanned(bounds: Bounds, periods: Periods | None) -> Bounds:
    """The bounds, of which those of a periodic coordinate are one period apart.

    Raises:
        ValueError: Bounds of a periodic coordinate that are not, or periods that are not two.
    """
    if periods is None:
        return bounds
    if len(periods) != 2:
        raise ValueError(f"bounds are for two latent dimensions; the metric has the periods {periods}")
    for axis, ((low, high), period) in enumerate(zip(bounds, periods, strict=True)):
        if period is not None and abs(high - low - period) > _SAME * period:
            raise ValueError(
                f"bounds of a periodic coordinate must be one period apart, as nothing holds a curve there; latent "
                f"coordinate {axis} has the period {period:g}, bounds {low:g} to {high:g}; give e.g. {low:g} to "
                f"{low + period:g}"
            )
    x, y = (
        (low, high if period is None else low + period) for (low, high), period in zip(bounds, periods, strict=True)
    )
    return x, y


def open_bounds(bounds: Bounds, periods: Periods | None) -> Bounds:
    """The bounds without an end along periodic coordinates, where nothing holds a curve."""
    if periods is None:
        return bounds
    x, y = (side if period is None else (-math.inf, math.inf) for side, period in zip(bounds, periods, strict=True))
    return x, y


def bounding_box(
    points: Float[Tensor, "points latent"], margin: float = 0.25, periods: Periods | None = None
) -> Bounds:
    """The box around 2-D points, widened on every side by a share of its longer side; one period where there is one."""
    low, high = points.amin(0), points.amax(0)
    if periods is None:
        extra = margin * float((high - low).amax()) or margin
        return ((float(low[0]) - extra, float(high[0]) + extra), (float(low[1]) - extra, float(high[1]) + extra))
    pairs = list(zip(low.tolist(), high.tolist(), periods, strict=True))
    extra = margin * max(min(b - a, b - a if period is None else period) for a, b, period in pairs) or margin
    x, y = (
        (a - extra, b + extra) if period is None else ((a + b - period) / 2, (a + b + period) / 2)
        for a, b, period in pairs
    )
    return x, y
