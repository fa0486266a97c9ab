"""Differences of values against derivatives in closed form, and errors that own up to what the values are."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from latentgeo.geometry.routes.stencils import PLACES, differences, reference


@pytest.mark.parametrize("order", [1, 2, 3])
def test_differences_of_a_polynomial_are_exact(order: int) -> None:
    step = 0.1
    x = 0.3 + step * torch.arange(-PLACES, PLACES + 1, dtype=torch.float64)
    polynomial = np.polynomial.Polynomial([1.0, -2.0, 3.0, 0.5, -1.5, 0.7])
    found = differences(torch.as_tensor(polynomial(x.numpy())), order, step)
    assert float(found) == pytest.approx(polynomial.deriv(order)(0.3), rel=1e-8)


def test_three_derivatives_of_a_smooth_function_and_honest_errors() -> None:
    z = torch.tensor([[0.2, 0.1], [-0.4, 0.9], [1.0, -1.0]], dtype=torch.float64)
    v = torch.tensor([[1.0, 0.5], [0.3, -1.0], [-0.7, 0.2]], dtype=torch.float64)
    found = reference(lambda rows: torch.sin(rows).sum(1, keepdim=True), z, v)
    for order in (1, 2, 3):
        expected = (torch.sin(z + order * math.pi / 2) * v**order).sum(1, keepdim=True)
        off = (found.derivative[order - 1] - expected).abs()
        torch.testing.assert_close(off, torch.zeros_like(off), rtol=0, atol=10.0 ** (order * 2 - 12))
        assert bool((off <= found.error[order - 1] + 1e-14).all())


def test_a_kink_is_an_error() -> None:
    def kinked(rows: Tensor) -> Tensor:
        return (rows[:, :1] - 0.501).abs()

    z, v = torch.tensor([[0.5, 0.0]], dtype=torch.float64), torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    assert float(reference(kinked, z, v).error[1]) > 1e-6
