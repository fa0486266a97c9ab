"""Solvers against surfaces whose distances have closed forms, and a path that must leave the box of its ends."""

import pytest
import torch

import latentgeo as lg
from surfaces import ALL_2D, Surface, affine, cylinder, hyperbolic, paraboloid, sphere

SMOOTH = [*ALL_2D, sphere(3), affine(2), affine(3), affine(10)]
CURVED = [*ALL_2D, sphere(3)]
SMALL_NETWORK = lg.NeuralCurve(units=20, points=40, steps=100)


def named(surface: Surface) -> str:
    return surface.name


@pytest.mark.parametrize("surface", SMOOTH, ids=named)
def test_the_default_solver_meets_the_closed_form(surface: Surface) -> None:
    z0, z1 = surface.ends(6)
    true = surface.distance(z0, z1)
    found = lg.geodesic(surface.metric, z0, z1)
    assert [outcome.value for outcome in found.outcome] == ["converged"] * 6
    torch.testing.assert_close(found.length, true, rtol=1e-5, atol=0)
    assert float(found.residual.max()) < 1e-5
    # the quadrature's own estimate does not claim more than it knows
    assert bool(((found.length - true).abs() <= found.length_error + 1e-5 * true).all())


@pytest.mark.parametrize("surface", CURVED, ids=named)
def test_curves_are_geodesics_at_constant_velocity(surface: Surface) -> None:
    z0, z1 = surface.ends(3)
    found = lg.geodesic(surface.metric, z0, z1)
    t = torch.linspace(0, 1, 41, dtype=torch.float64)
    phi = found.velocity(t)
    torch.testing.assert_close(phi, found.length[:, None].expand_as(phi), rtol=0.01, atol=0)
    points = found.curve(t)
    torch.testing.assert_close(points[:, 0], z0, rtol=0, atol=0)
    torch.testing.assert_close(points[:, -1], z1, rtol=0, atol=0)
    # every point of a shortest curve is as far from the start as the curve is long up to there
    reached = surface.distance(z0, points[:, 20])
    torch.testing.assert_close(reached, found.length / 2, rtol=0.01, atol=0)


@pytest.mark.parametrize("surface", CURVED, ids=named)
def test_straight_lines_are_longer_where_the_surface_is_curved(surface: Surface) -> None:
    z0, z1 = surface.ends(6)
    line = lg.euclidean(surface.metric, z0, z1)
    true = surface.distance(z0, z1)
    assert bool((line.length >= true * (1 - 1e-9)).all())
    assert float((line.length / true).max()) > 1.002


@pytest.mark.slow
@pytest.mark.parametrize("surface", CURVED, ids=named)
def test_the_curve_network_agrees_within_a_loose_bound(surface: Surface) -> None:
    z0, z1 = surface.ends(3)
    true = surface.distance(z0, z1)
    found = lg.geodesic(surface.metric, z0, z1, SMALL_NETWORK)
    ratio = found.length / true
    assert float(ratio.min()) > 1 - 1e-6
    assert float(ratio.max()) < 1.01


@pytest.mark.parametrize("surface", ALL_2D, ids=named)
def test_graph_paths_are_long_by_a_per_cent_at_most(surface: Surface) -> None:
    z0, z1 = surface.ends(6)
    true = surface.distance(z0, z1)
    found = lg.geodesic(surface.metric, z0, z1, lg.GraphPath(size=64))
    ratio = found.length / true
    assert float(ratio.min()) > 1 - 1e-6
    assert float(ratio.max()) < 1.015


@pytest.mark.slow
@pytest.mark.parametrize("surface", [sphere(), hyperbolic()], ids=named)
def test_distance_field(surface: Surface) -> None:
    z0, z1 = surface.ends(2)
    low, high = torch.cat([z0, z1]).amin(0) - 0.1, torch.cat([z0, z1]).amax(0) + 0.1
    bounds = ((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
    field = lg.distance_field(surface.metric, z0[0], bounds, size=(20, 16), checks=8)
    assert field.z.shape == (16, 20, 2)
    z = field.z.view(-1, 2)
    true = surface.distance(z0[:1].expand_as(z), z).view(16, 20)
    far = true > 0.1 * true.max()
    excess = (field.distance / true - 1)[far]
    assert float(excess.abs().max()) < 0.02
    assert 0 <= field.error < 0.02


@pytest.mark.parametrize("surface", [sphere(), hyperbolic(), paraboloid()], ids=named)
def test_distance_matrix(surface: Surface) -> None:
    z = torch.cat(surface.ends(3))
    found = lg.distance_matrix(surface.metric, z, size=64)
    first, second = torch.triu_indices(6, 6, offset=1)
    torch.testing.assert_close(found[first, second], surface.distance(z[first], z[second]), rtol=0.03, atol=0)
    torch.testing.assert_close(found, found.T, rtol=0, atol=0)
    assert not bool(found.diagonal().any())


def test_a_path_may_leave_the_box_of_its_ends() -> None:
    surface = cylinder(shear=1.5)
    z0 = torch.tensor([[0.0, -1.0]], dtype=torch.float64)
    z1 = torch.tensor([[0.0, 1.0]], dtype=torch.float64)
    found = lg.geodesic(surface.metric, z0, z1, bounds=((-1.0, 2.0), (-1.5, 1.5)))
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-5, atol=0)
    # u = shear (1 - w^2) along the cylinder's straight line
    middle = found.curve(torch.tensor([0.5], dtype=torch.float64))[0, 0]
    torch.testing.assert_close(middle, torch.tensor([1.5, 0.0], dtype=torch.float64), rtol=0, atol=0.01)


def test_a_wide_grid_lets_the_matrix_leave_the_box_of_the_points() -> None:
    surface = cylinder()
    z = torch.cat(surface.ends(3))
    grid = lg.GridMetric(surface.metric, ((-3.0, 3.0), (-1.5, 1.5)))
    found = lg.distance_matrix(surface.metric, z, grid=grid)
    first, second = torch.triu_indices(6, 6, offset=1)
    torch.testing.assert_close(found[first, second], surface.distance(z[first], z[second]), rtol=0.05, atol=0)
