"""Lines, polylines and splines: exact ends, derivatives, padding."""

import pytest
import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Patched, Polyline
from latentgeo.geometry.curves.spline import Spline, fit, line_control, refine, tabulate
from surfaces import draw

T = torch.linspace(0, 1, 30, dtype=torch.float64)


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def curves() -> list[Curve]:
    # ends whose differences round
    z0, z1 = draw(4, 3, -10, 10)
    points = torch.cat([z0[:, None], noise(4, 6, 3), z1[:, None]], 1)
    return [Line(z0, z1), Polyline(points), Spline(points)]


@pytest.mark.parametrize("curve", curves(), ids=lambda curve: type(curve).__name__)
def test_ends_are_exact(curve: Curve) -> None:
    z0, z1 = draw(4, 3, -10, 10)
    ends = curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(ends[:, 0], z0)
    assert torch.equal(ends[:, 1], z1)


@pytest.mark.parametrize("curve", curves(), ids=lambda curve: type(curve).__name__)
def test_derivative(curve: Curve) -> None:
    t = T[1:-1] + 0.0007
    step = 1e-6
    numeric = (curve(t + step) - curve(t - step)) / (2 * step)
    torch.testing.assert_close(curve.derivative(t), numeric, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("curve", curves(), ids=lambda curve: type(curve).__name__)
def test_times_of_each_pair_and_selection(curve: Curve) -> None:
    own = torch.rand(4, 9, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    points, speeds = curve(own), curve.derivative(own)
    for pair in range(4):
        one = curve.select(torch.tensor([pair]))
        torch.testing.assert_close(one(own[pair]), points[pair : pair + 1])
        torch.testing.assert_close(one.derivative(own[pair]), speeds[pair : pair + 1])


def test_a_polyline_runs_at_constant_speed_through_its_corners() -> None:
    points = torch.tensor([[[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]]], dtype=torch.float64)
    curve = Polyline(points)
    torch.testing.assert_close(
        curve(torch.tensor([0.375, 0.75], dtype=torch.float64))[0], points.new_tensor([[1.5, 0], [3, 0]])
    )
    torch.testing.assert_close(curve.derivative(T).norm(dim=2), torch.full((1, 30), 4.0, dtype=torch.float64))


def test_padding_a_polyline_changes_nothing() -> None:
    points = noise(1, 4, 2)
    padded = torch.cat([points, points[:, -1:].expand(-1, 5, -1)], 1)
    torch.testing.assert_close(Polyline(padded)(T), Polyline(points)(T))
    torch.testing.assert_close(Polyline(padded).derivative(T), Polyline(points).derivative(T))


def test_a_polyline_of_one_place_stands_still() -> None:
    curve = Polyline(torch.ones(1, 5, 2, dtype=torch.float64))
    assert torch.equal(curve(T), torch.ones(1, 30, 2, dtype=torch.float64))
    assert not bool(curve.derivative(T).any())


def test_too_few_points() -> None:
    with pytest.raises(ValueError, match="at least two points; got 1"):
        Polyline(torch.ones(1, 1, 2))
    with pytest.raises(ValueError, match="at least 4 control points; got 3"):
        Spline(torch.ones(1, 3, 2))


def test_a_straight_spline_has_constant_speed() -> None:
    z0, z1 = draw(3, 2, -1, 1)
    curve = Spline(line_control(z0, z1, 8))
    torch.testing.assert_close(curve(T), Line(z0, z1)(T))
    torch.testing.assert_close(curve.derivative(T), Line(z0, z1).derivative(T))


def test_refined_splines_are_the_same_curves() -> None:
    control = noise(3, 7, 2)
    torch.testing.assert_close(Spline(refine(control, 12))(T), Spline(control)(T))


def test_fitting_gives_a_spline_back() -> None:
    control = noise(3, 9, 2)
    times = torch.linspace(0, 1, 40, dtype=torch.float64)
    torch.testing.assert_close(fit(Spline(control)(times), 6), control)


def test_the_tabulated_basis_is_the_splines() -> None:
    control = noise(1, 8, 2)
    basis = tabulate(5, 3, control)
    assert basis.intervals == 5
    assert float(basis.weight.sum()) == pytest.approx(1, abs=1e-14)
    for interval in range(5):
        local = torch.einsum("nok,kd->ond", basis.local[interval], control[0, interval : interval + 4])
        torch.testing.assert_close(local[0], Spline(control)(basis.t[interval])[0])
        torch.testing.assert_close(local[1], Spline(control).derivative(basis.t[interval])[0])


def test_exchanged_curves_break_where_their_own_does() -> None:
    """However often curves are exchanged there are no more breaks; a line among splines is as finely cut."""
    points = torch.randn(3, 5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    line, bent = Line(points[:, 0], points[:, -1]), Polyline(points)
    for _ in range(3):
        patched = Patched(line, bent, torch.tensor([-1, 2, 0]))
        even = torch.linspace(0, 1, 5, dtype=torch.float64)
        torch.testing.assert_close(patched.breaks, torch.stack([even, bent.breaks[2], bent.breaks[0]]))
        line = patched
    coarse = Patched(Polyline(points[:, :3]), bent, torch.tensor([-1, 1, -1]))
    assert coarse.breaks.shape == (3, 5)
    assert bool((coarse.breaks.diff(dim=1) >= 0).all())
