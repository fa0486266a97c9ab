"""Curves dragged along by their ends."""

from functools import reduce

import pytest
import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Patched, Polyline
from latentgeo.geometry.curves.spline import Spline
from latentgeo.geometry.metrics.units import CurveInUnits, Units
from latentgeo.statistics.dragged import Dragged, dragged

NUMBER = torch.tensor([-1, 1, 0, -1, 2])
PAIRS, LATENT = len(NUMBER), 3


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(shape[0] + shape[1]))


def spline(pairs: int, intervals: int) -> Spline:
    return Spline(drawn(pairs, intervals + 3, LATENT))


def in_units() -> CurveInUnits:
    base, units = spline(PAIRS, 4), Units(2 * torch.eye(LATENT).double(), torch.eye(LATENT).double() / 2, axes=True)
    ends = units.old(base.control)
    return CurveInUnits(base, units, (ends[:, 0], ends[:, -1]))


CURVES: dict[str, tuple[Curve, type[Curve]]] = {
    "a spline": (spline(PAIRS, 4), Spline),
    "one in other units": (in_units(), Spline),
    "a spline, some exchanged": (Patched(spline(PAIRS, 4), spline(3, 4), NUMBER), Spline),
    "some exchanged for finer ones": (Patched(spline(PAIRS, 4), spline(3, 8), NUMBER), Spline),
    "again and again": (Patched(Patched(spline(PAIRS, 8), spline(3, 4), NUMBER), spline(3, 2), NUMBER.flip(0)), Spline),
    "knots that do not fit": (Patched(spline(PAIRS, 4), spline(3, 6), NUMBER), Patched),
    "none exchanged": (Patched(spline(PAIRS, 4), Polyline(drawn(3, 4, LATENT)), NUMBER.clamp(max=-1)), Spline),
    "a line": (Line(drawn(PAIRS, LATENT), drawn(PAIRS, LATENT) + 1), Dragged),
    "some exchanged for corners": (Patched(spline(PAIRS, 4), Polyline(drawn(3, 4, LATENT)), NUMBER), Patched),
}


@pytest.mark.parametrize("name", CURVES)
def test_it_is_the_curve_and_a_line(name: str) -> None:
    curve, kind = CURVES[name]
    t = torch.linspace(0, 1, 23, dtype=torch.float64)
    moves = [(drawn(PAIRS, LATENT), drawn(PAIRS, LATENT).flip(0)), (drawn(PAIRS, LATENT) / 3, -drawn(PAIRS, LATENT))]
    moved = reduce(lambda c, move: dragged(c, *move), moves, curve)
    assert type(moved) is kind
    a, b = (sum(ends) for ends in zip(*moves, strict=True))
    expected = curve(t) + (1 - t)[:, None] * a[:, None] + t[:, None] * b[:, None]
    torch.testing.assert_close(moved(t), expected)
    torch.testing.assert_close(moved.derivative(t), curve.derivative(t) + (b - a)[:, None])


def test_dragging_on_and_on_nests_nothing() -> None:
    curve: Curve = Patched(spline(PAIRS, 4), Polyline(drawn(3, 4, LATENT)), NUMBER)
    for _ in range(3):
        curve = dragged(curve, drawn(PAIRS, LATENT), drawn(PAIRS, LATENT))
    assert isinstance(curve, Patched)
    assert isinstance(curve.base, Spline)
    assert isinstance(curve.found, Dragged)
    assert isinstance(curve.found.base, Polyline)
