"""The integrator: order, breaks, outcomes, and rows on their own."""

import math

import pytest
import torch
from torch import Tensor

from latentgeo.geometry.calculus.integration import Arrival, integrate


def norm(y: Tensor) -> Tensor:
    return torch.linalg.vector_norm(y, dim=1)


def column(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("tolerance", [1e-5, 1e-8, 1e-11])
def test_errors_follow_the_tolerance(tolerance: float) -> None:
    rate = torch.tensor([1.0, -3.0, 0.0], dtype=torch.float64)
    found = integrate(
        lambda rows, t, y: rate[rows, None] * y, column(1, 2, 3), norm, tolerance=tolerance, max_steps=500
    )
    true = column(math.e, 2 * math.exp(-3), 3)
    assert float((found.y - true).abs().max()) < 100 * tolerance
    assert found.arrival == [Arrival.REACHED] * 3
    assert found.time.tolist() == [1, 1, 1]


def test_the_time_is_given() -> None:
    found = integrate(
        lambda rows, t, y: (torch.cos(7 * t) * 7)[:, None], column(1), norm, tolerance=1e-10, max_steps=500
    )
    assert float(found.y) == pytest.approx(1 + math.sin(7), abs=1e-8)


def test_breaks_are_stepped_up_to() -> None:
    def stairs(rows: Tensor, t: Tensor, y: Tensor) -> Tensor:
        return torch.where(t < 0.3, 1.0, -5.0).to(y)[:, None]

    # the second row's first piece is the whole; its padding has no length
    breaks = torch.tensor([[0.0, 0.3, 1.0], [0.0, 0.3, 1.0]], dtype=torch.float64)
    found = integrate(stairs, column(1, 2), norm, tolerance=1e-10, max_steps=50, breaks=breaks)
    torch.testing.assert_close(found.y, column(1 + 0.3 - 3.5, 2 + 0.3 - 3.5))
    assert int(found.steps.max()) < 10
    padded = torch.tensor([[0.0, 0.0, 0.3, 0.3, 1.0, 1.0]], dtype=torch.float64)
    found = integrate(stairs, column(1), norm, tolerance=1e-10, max_steps=50, breaks=padded)
    torch.testing.assert_close(found.y, column(-2.2))


def test_rows_end_on_their_own() -> None:
    # y' = y^2 from y0 is at infinity at 1 / y0; the last row is NaN beyond 2
    def slope(rows: Tensor, t: Tensor, y: Tensor) -> Tensor:
        return torch.where((rows[:, None] == 2) & (y > 2), float("nan"), y * y)

    found = integrate(slope, column(0.5, 2.0, 0.9, 0.0), norm, tolerance=1e-8, max_steps=2000)
    assert found.arrival == [Arrival.REACHED, Arrival.LEFT_DOMAIN, Arrival.LEFT_DOMAIN, Arrival.REACHED]
    assert float(found.y[0]) == pytest.approx(1, abs=1e-6)
    assert float(found.time[1]) == pytest.approx(0.5, abs=1e-6)
    assert float(found.y[2]) == pytest.approx(2, abs=1e-3)
    assert float(found.y[3]) == 0
    assert bool(torch.isfinite(found.y).all())


def test_nan_from_the_start() -> None:
    found = integrate(lambda rows, t, y: y * float("nan"), column(1), norm, tolerance=1e-8, max_steps=20)
    assert found.arrival == [Arrival.LEFT_DOMAIN]
    assert found.time.tolist() == [0]


def test_too_few_steps() -> None:
    found = integrate(lambda rows, t, y: torch.cos(50 * t)[:, None], column(1), norm, tolerance=1e-10, max_steps=4)
    assert found.arrival == [Arrival.STEP_LIMIT]
    assert 0 < float(found.time) < 1


def test_the_given_states_are_not_changed_and_none_are_fine() -> None:
    y0 = column(1)
    integrate(lambda rows, t, y: y, y0, norm, tolerance=1e-6, max_steps=50)
    assert float(y0) == 1
    none = integrate(lambda rows, t, y: y, y0[:0], norm, tolerance=1e-6, max_steps=50)
    assert none.arrival == []
