"""Ratios of Bessel functions against mpmath's, with fifty digits."""

import mpmath
import pytest
import torch

from latentgeo.geometry.likelihoods.bessel import log_scaled, scaled_ratio, scaled_ratio_and_slope


@pytest.mark.parametrize("order", [0.0, 0.5, 1.0, 4.0, 24.0, 255.0])
@pytest.mark.parametrize("x", [1e-6, 0.3, 3.0, 40.0, 1e3, 1e6])
def test_any_order_and_argument(order: float, x: float) -> None:
    with mpmath.workdps(50):
        above, here = mpmath.besseli(order + 1, x), mpmath.besseli(order, x)
        true = above / here / x
        # Riccati's equation for the ratio, whose cancellation fifty digits bear
        slope = 1 - (above / here) ** 2 - (2 * order + 1) * above / here / x
        logarithm = float(mpmath.log(here) - order * mpmath.log(x))
        true, slope = float(true), float(slope)
    squared = torch.tensor(x, dtype=torch.float64).square()
    ratio, by_squared = scaled_ratio_and_slope(order, squared)
    assert float(ratio) == pytest.approx(true, rel=1e-14)
    assert float(scaled_ratio(order, squared)) == float(ratio)
    # what is left of two terms of the size of 1 / x
    assert float(ratio + 2 * squared * by_squared) == pytest.approx(slope, rel=max(1e-12, 1e-14 * x))
    assert float(log_scaled(order, squared.sqrt())) == pytest.approx(logarithm, rel=1e-13, abs=1e-13)


def test_at_zero() -> None:
    ratio, slope = scaled_ratio_and_slope(0.5, torch.zeros(1, dtype=torch.float64))
    # coth x / x - 1 / x^2 = 1/3 - x^2 / 45 + ...
    torch.testing.assert_close(torch.cat([ratio, slope]), torch.tensor([1 / 3, -1 / 45], dtype=torch.float64))


def test_derivatives() -> None:
    squared = torch.tensor([0.0, 0.7, 30.0, 900.0], dtype=torch.float64, requires_grad=True)
    ratio, slope = scaled_ratio_and_slope(1.5, squared)
    torch.testing.assert_close(torch.autograd.grad(ratio.sum(), squared, retain_graph=True)[0], slope)
    assert torch.autograd.gradcheck(lambda s: scaled_ratio_and_slope(1.5, s)[1], (squared,))
    x = torch.tensor([0.2, 5.0, 70.0], dtype=torch.float64, requires_grad=True)
    found = torch.autograd.grad(log_scaled(1.5, x).sum(), x)[0]
    torch.testing.assert_close(found, x * scaled_ratio(1.5, x.square()))
