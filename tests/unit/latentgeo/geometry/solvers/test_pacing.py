"""How time is shared out along curves, against closed forms."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.curves.spline import Spline, line_control, tabulate
from latentgeo.geometry.functionals import length, velocity
from latentgeo.geometry.solvers.pacing import at_constant_velocity, density_weight, repace, shared_time
from surfaces import draw, hyperbolic

PLANE = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))


def hurried(intervals: int = 8) -> Tensor:
    """Control points of straight lines that begin slowly."""
    line = line_control(*draw(3, 2, -1, 1), intervals)
    share = torch.linspace(0, 1, intervals + 3, dtype=torch.float64) ** 2
    return line[:, :1] + share[:, None] * (line[:, -1:] - line[:, :1])


def test_time_is_half_by_riemannian_and_half_by_latent_length() -> None:
    reached, latent = torch.tensor([[0.0, 1.0, 4.0]]), torch.tensor([[0.0, 3.0, 6.0]])
    torch.testing.assert_close(shared_time(reached, latent), torch.tensor([[0.0, (0.25 + 0.5) / 2, 1.0]]))
    nothing = torch.zeros(1, 3)
    torch.testing.assert_close(shared_time(nothing, latent), torch.tensor([[0.0, 0.5, 1.0]]))


def test_repacing_runs_the_same_path_evenly() -> None:
    control = hurried()
    found, moved = repace(PLANE, control)
    even = line_control(control[:, 0], control[:, -1], 8)
    # a spline of a few knots keeps some of the hurry
    assert float((found - even).abs().max()) < 0.05 * float((control - even).abs().max())
    assert float(moved.min()) > 0.1
    again, little = repace(PLANE, even)
    torch.testing.assert_close(again, even, rtol=0, atol=1e-9)
    assert float(little.max()) < 1e-9


def test_weights_of_an_even_curve_are_those_of_plain_quadrature() -> None:
    even = line_control(*draw(2, 2, -1, 1), 8)
    basis = tabulate(8, 3, even)
    torch.testing.assert_close(density_weight(PLANE, even, basis), basis.weight.expand(2, -1, -1))


def test_the_density_is_the_velocity_over_its_mean_evened_out() -> None:
    control = hurried()
    basis = tabulate(8, 3, control)
    density = (basis.weight / density_weight(PLANE, control, basis))[..., 0]
    torch.testing.assert_close(density.mean(1), density.new_ones(3))
    speed = velocity(PLANE, Spline(control), basis.t.flatten()).view(3, 8, 3).mean(2)
    inner = (speed[:, :-2] + 2 * speed[:, 1:-1] + speed[:, 2:]) / 4
    torch.testing.assert_close(density[:, 1:-1] / density[:, 3:4], inner / inner[:, 2:3])


def test_constant_velocity_along_a_ray_of_the_half_plane_is_exponential() -> None:
    low, high = torch.tensor([[0.3, 0.5]], dtype=torch.float64), torch.tensor([[0.3, 4.0]], dtype=torch.float64)
    metric = hyperbolic().metric
    found = at_constant_velocity(metric, Line(low, high))
    t = torch.linspace(0, 1, 21, dtype=torch.float64)
    points = found(t)[0]
    torch.testing.assert_close(points[:, 0], torch.full_like(t, 0.3))
    torch.testing.assert_close(points[:, 1], 0.5 * 8**t, rtol=1e-4, atol=0)
    assert float(length(metric, found)) == pytest.approx(float(torch.tensor(8.0, dtype=torch.float64).log()), rel=1e-6)


def test_a_retimed_curve_meets_its_ends_and_knows_its_derivative() -> None:
    metric, (z0, z1) = hyperbolic().metric, hyperbolic().ends(3)
    found = at_constant_velocity(metric, Line(z0, z1))
    assert torch.equal(found(torch.tensor([0.0, 1.0], dtype=torch.float64)), torch.stack([z0, z1], 1))
    t, h = torch.linspace(0.05, 0.95, 7, dtype=torch.float64) + 1e-3, 1e-6
    slope = (found(t + h) - found(t - h)) / (2 * h)
    torch.testing.assert_close(found.derivative(t), slope, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.select(torch.tensor([2]))(t), found(t)[2:])


def test_fewer_than_two_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="nodes must be at least 2; got 1"):
        at_constant_velocity(PLANE, Line(*draw(1, 2, -1, 1)), nodes=1)
