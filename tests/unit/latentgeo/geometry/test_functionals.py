"""Velocity, length and energy, their quadrature and their gradients."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line, Polyline
from latentgeo.geometry.curves.spline import Spline
from latentgeo.geometry.functionals import safe_sqrt
from surfaces import draw, sphere

FLAT = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))
# G = 4 y^2 along y: the length of a vertical line is y1^2 - y0^2
SQUARE = lg.FunctionMetric(lambda z: 4 * z[:, 1, None, None] ** 2 * torch.eye(2, dtype=z.dtype))


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def test_flat_lengths_and_energies() -> None:
    z0, z1 = draw(5, 2, -1, 1)
    distance = (z1 - z0).norm(dim=1)
    line = Line(z0, z1)
    torch.testing.assert_close(lg.length(FLAT, line), distance)
    torch.testing.assert_close(lg.energy(FLAT, line), distance**2)
    torch.testing.assert_close(lg.velocity(FLAT, line, row(0.2, 0.9)[0]), distance[:, None].expand(5, 2))


def test_analytic_length_energy_and_velocity() -> None:
    line = Line(row(0, 1), row(0, 3))
    # phi = 2 y y' with y = 1 + 2 t
    torch.testing.assert_close(lg.length(SQUARE, line), row(8)[0], rtol=1e-13, atol=0)
    torch.testing.assert_close(lg.energy(SQUARE, line), row(16 * 13 / 3)[0], rtol=1e-13, atol=0)
    torch.testing.assert_close(lg.velocity(SQUARE, line, row(0, 0.5, 1)[0]), row(4, 8, 12))


def test_the_sphere_through_its_pole() -> None:
    line = Line(row(-0.5, 0), row(0.5, 0))
    found = lg.measure(sphere().metric, line)
    true = 4 * math.atan(0.5)
    assert float(found.length) == pytest.approx(true, rel=1e-12)
    assert abs(float(found.length) - true) <= float(found.error) + 1e-14
    assert float(found.error) < 1e-8
    assert float(found.max_velocity) == pytest.approx(2, rel=1e-3)


def test_the_error_of_a_kinked_integrand_shows() -> None:
    line = Line(row(0, -1), row(0, 1.3))
    found = lg.measure(SQUARE, line, pieces=5)
    true = 1 + 1.3**2
    assert abs(float(found.length) - true) <= 10 * float(found.error) < 0.1


def test_the_length_squared_is_at_most_the_energy() -> None:
    z0, z1 = draw(6, 2, -0.6, 0.6)
    line = Line(z0, z1)
    gap = lg.energy(sphere().metric, line) - lg.length(sphere().metric, line) ** 2
    assert float(gap.min()) > -1e-12


def test_points_are_taken_as_segments() -> None:
    points = torch.stack(draw(5, 2, -0.5, 0.5))
    expected = lg.length(sphere().metric, Polyline(points))
    torch.testing.assert_close(lg.length(sphere().metric, points), expected)
    torch.testing.assert_close(lg.energy(FLAT, points), lg.length(FLAT, points) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("functional", [lg.length, lg.energy])
def test_gradients_of_control_points(functional) -> None:
    control = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(9), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda c: functional(sphere().metric, Spline(c), pieces=4), (control,))


def test_the_gradient_at_zero_velocity_is_zero() -> None:
    z = row(0.3, 0.2).requires_grad_()
    length = lg.length(sphere().metric, Line(z, z.detach()))
    (gradient,) = torch.autograd.grad(length.sum(), z)
    assert length.tolist() == [0]
    assert gradient.tolist() == [[0, 0]]


def test_safe_square_root() -> None:
    x = torch.tensor([4.0, 0.0, -1e-17], dtype=torch.float64, requires_grad=True)
    root = safe_sqrt(x)
    (gradient,) = torch.autograd.grad(root.sum(), x)
    assert root.tolist() == [2, 0, 0]
    assert gradient.tolist() == [0.25, 0, 0]


def test_nan_is_not_hidden() -> None:
    broken = lg.FunctionMetric(lambda z: torch.full((len(z), 2, 2), torch.nan, dtype=z.dtype))
    assert bool(lg.length(broken, Line(row(0, 0), row(1, 1))).isnan().all())


def test_lines_that_leave_a_narrow_place_fast_are_measured_all_the_same() -> None:
    # a line through the centre of a stereographic chart, of which all lies within a thousandth of the time
    z0 = torch.tensor([[1e-3, 0.0], [1e-5, 0.0], [0.0, 1e-3]], dtype=torch.float64)
    z1 = -z0 / z0.square().sum(1, keepdim=True)
    half_turn = torch.full((3,), torch.pi, dtype=torch.float64)
    for line in (Line(z0, z1), Line(z1, z0)):
        torch.testing.assert_close(lg.measure(sphere().metric, line).length, half_turn, rtol=1e-6, atol=0)
    # a solver that only compares need not look
    rough = lg.measure(sphere().metric, Line(z0, z1), thorough=False)
    assert float(rough.length[1]) < 1
    even = Line(z0, 2 * z0)
    for thorough in (False, True):
        found = lg.measure(sphere().metric, even, thorough=thorough)
        torch.testing.assert_close(found.length, 2 * (2 * z0.norm(dim=1)).atan() - 2 * z0.norm(dim=1).atan())
