"""Curves whose ends are moved, and all between with them: what the search for a geodesic nearby begins with."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Patched
from latentgeo.geometry.curves.spline import Spline, line_control, refine
from latentgeo.geometry.metrics.units import CurveInUnits

__all__ = ["Dragged", "dragged"]


class Dragged(Curve):
    """Curves whose ends are moved, and all between with them: c(t) + (1 - t) a + t b."""

    def __init__(self, base: Curve, a: Float[Tensor, "pairs latent"], b: Float[Tensor, "pairs latent"]) -> None:
        self.base, self.a, self.b = base, a, b

    @property
    def breaks(self) -> Tensor:
        return self.base.breaks

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        t = t.unsqueeze(-1)
        return self.base(t.squeeze(-1)) + (1 - t) * self.a[:, None] + t * self.b[:, None]

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.base.derivative(t) + (self.b - self.a)[:, None]

    def select(self, index: Tensor) -> "Dragged":
        return Dragged(self.base.select(index), self.a[index], self.b[index])


def dragged(curve: Curve, a: Float[Tensor, "pairs latent"], b: Float[Tensor, "pairs latent"]) -> Curve:
    """The curves c(t) + (1 - t) a + t b; splines again where c are, so that dragging on and on costs no more.

    Args:
        curve: c.
        a: How far the starts move.
        b: How far the ends do.
    """
    if isinstance(curve, Dragged):
        return dragged(curve.base, curve.a + a, curve.b + b)
    if isinstance(curve, CurveInUnits) and isinstance(curve.curve, Spline):
        curve = Spline(curve.units.old(curve.curve.control))
    if isinstance(curve, Spline):
        return Spline(curve.control + line_control(a, b, _intervals(curve)))
    if not isinstance(curve, Patched):
        return Dragged(curve, a, b)
    base, mine = dragged(curve.base, a, b), (curve.number >= 0).nonzero().squeeze(1)
    if not len(mine):
        return base
    found = dragged(curve.found.select(curve.number[mine]), a[mine], b[mine])
    if isinstance(base, Spline) and isinstance(found, Spline):
        few, many = sorted([_intervals(base), _intervals(found)])
        if many % few == 0:
            return Spline(_refined(base, many).index_copy(0, mine, _refined(found, many)))
    number = torch.full_like(curve.number, -1)
    return Patched(base, found, number.index_copy(0, mine, torch.arange(len(mine), device=mine.device)))


def _refined(curve: Spline, intervals: int) -> Tensor:
    return curve.control if _intervals(curve) == intervals else refine(curve.control, intervals)


def _intervals(curve: Spline) -> int:
    return len(curve.breaks) - 1
