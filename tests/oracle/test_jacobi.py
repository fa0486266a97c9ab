"""Jacobi fields and conjugate points against closed forms, differences of geodesics, and scipy's own integration."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

import latentgeo as lg
from curved import across, ellipsoid_equator, sphere_times_line, torus_circle, two_spheres
from latentgeo.geometry.curves.curve import Curve, Line
from surfaces import (
    affine,
    draw,
    ellipsoid,
    hyperbolic,
    hyperbolic_ball,
    paraboloid,
    random_mlp,
    sphere,
    sphere_by_angles,
)

TIMES = torch.tensor([0.0, 0.6, 1.0], dtype=torch.float64)


def directions(latent: int, pairs: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Unit vectors, and vectors orthogonal to them."""
    e, w = torch.randn(2, pairs, latent, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    e = e / e.norm(dim=1, keepdim=True)
    return e, w - (w * e).sum(1, keepdim=True) * e


@pytest.mark.parametrize("latent", [2, 3])
@pytest.mark.parametrize("round", [True, False], ids=["sphere", "ball"])
def test_fields_across_diameters(latent: int, round: bool) -> None:
    surface = sphere(latent) if round else hyperbolic_ball(latent)
    tangent, sine, cosine = (torch.tan, torch.sin, torch.cos) if round else (torch.tanh, torch.sinh, torch.cosh)
    before, after = torch.tensor([[0.5, 1.0], [0.9, 1.5]], dtype=torch.float64)
    e, w = directions(latent, 2)
    curve = across(e, tangent(before / 2), tangent(after / 2))
    length = (before + after)[:, None]
    place = tangent((length * TIMES - before[:, None]) / 2).square()
    # a field that is parallel and across the diameter keeps its direction, and is as long as the factor makes it
    size = 2 / (1 + place) if round else 2 / (1 - place)
    parallel = (size[:, :1] / size).unsqueeze(2) * w[:, None]
    first, second = 0.7, -1.2
    found = lg.jacobi_field(surface.metric, curve, first * w, second * w, TIMES)
    assert {outcome.value for outcome in found.outcome} == {"reached"}
    grown = first * cosine(length * TIMES) + second * sine(length * TIMES) / length
    torch.testing.assert_close(found.field, grown.unsqueeze(2) * parallel, rtol=0, atol=1e-7)
    sign = -1 if round else 1
    turned = sign * first * length * sine(length * TIMES) + second * cosine(length * TIMES)
    torch.testing.assert_close(found.rate, turned.unsqueeze(2) * parallel, rtol=0, atol=1e-7)
    assert float(found.drift.max()) < 1e-7


def test_fields_along_the_geodesic_grow_with_time() -> None:
    metric, curve = ellipsoid_equator(2.0)
    unit = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    found = lg.jacobi_field(metric, curve, 0.5 * unit, 2 * unit)
    # as long as 0.5 + 2 t, in units of the first one
    first, last = metric.squared_speed(curve(2)[0], found.field[0]).sqrt()
    assert float(last / first) == pytest.approx(2.5 / 0.5, rel=1e-6)
    assert float(found.field[..., 1].abs().max()) < 1e-9


def test_fields_of_flat_space_are_straight() -> None:
    surface = affine(3)
    z0, z1 = surface.ends(2)
    found = lg.jacobi_field(surface.metric, Line(z0, z1), z0, z1, TIMES)
    torch.testing.assert_close(found.field, z0[:, None] + TIMES[:, None] * z1[:, None], rtol=0, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("latent", [2, 3])
def test_fields_are_differences_of_geodesics(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=16, obs=12, scale=1.5))
    z, v = draw(2, latent, -0.5, 0.5, seed=11)
    J, P = draw(2, latent, -1, 1, seed=12)
    end = lg.exponential(metric, z, v).point
    curve = lg.geodesic(metric, z, end, solver=lg.BVP()).curve
    # what is carried is the covariant derivative of the velocities
    bent = torch.einsum("bkij,bi,bj->bk", lg.christoffel(metric, z), v, J)
    step = 1e-4
    ends = [lg.exponential(metric, z + s * J, v + s * (P - bent), tolerance=1e-11).point for s in (step, -step)]
    found = lg.jacobi_field(metric, curve, J, P)
    torch.testing.assert_close(found.field[:, 0], J)
    torch.testing.assert_close(found.field[:, 1], (ends[0] - ends[1]) / (2 * step), rtol=0, atol=1e-5)


@pytest.mark.parametrize("latent", [2, 3, 5])
def test_conjugate_points_of_spheres(latent: int) -> None:
    before = torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)
    after = torch.tensor([2.0, math.pi - 1, 2.0], dtype=torch.float64)
    e, _ = directions(latent, 3)
    found = lg.conjugate_points(sphere(latent).metric, across(e, (before / 2).tan(), (after / 2).tan()))
    assert found.count.tolist() == [0, latent - 1, latent - 1]
    assert [outcome.value for outcome in found.outcome] == ["reached"] * 3
    # none before pi, antipodes at the very end, and pi of 4
    times = torch.tensor([math.inf, 1.0, math.pi / 4], dtype=torch.float64)
    torch.testing.assert_close(found.first, times, rtol=0, atol=1e-6)
    assert found.locally_shortest.tolist() == [True, True, False]
    torch.testing.assert_close(found.times[1:], times[1:, None].expand(2, latent - 1), rtol=0, atol=1e-6)
    assert bool(found.times[0].isnan().all())


def test_the_distance_to_a_conjugate_point_is_pi_times_the_radius() -> None:
    radius, turn = 1.5, 5.0
    ends = torch.tensor([[[0.1, 0.0]], [[0.1 + turn, 0.0]]], dtype=torch.float64)
    found = lg.conjugate_points(sphere_by_angles(radius).metric, Line(ends[0], ends[1]), tolerance=1e-8)
    expected = math.pi * radius * torch.ones(1, dtype=torch.float64)
    torch.testing.assert_close(found.times[0] * turn * radius, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("latent", [2, 3])
def test_hyperbolic_space_has_none(latent: int) -> None:
    e, _ = directions(latent, 2)
    reach = torch.tensor([0.9, 0.995], dtype=torch.float64)
    found = lg.conjugate_points(hyperbolic_ball(latent).metric, across(e, reach, reach))
    assert found.times.shape == (2, 0)
    assert found.first.tolist() == [math.inf] * 2
    assert [outcome.value for outcome in found.outcome] == ["reached"] * 2


def test_no_pair_and_one_that_is_lost_are_not_called_shortest() -> None:
    e, _ = directions(2, 2)
    none = lg.conjugate_points(sphere(2).metric, across(e[:0], torch.zeros(0).double(), torch.zeros(0).double()))
    assert none.locally_shortest.shape == (0,)
    assert none.locally_shortest.dtype is torch.bool
    # the half plane ends where its second coordinate is zero
    ends = torch.tensor([[[0.3, 1.0]], [[0.3, -1.0]]], dtype=torch.float64)
    lost = lg.conjugate_points(hyperbolic().metric, Line(ends[0], ends[1]))
    assert lost.outcome[0].value != "reached"
    assert lost.locally_shortest.tolist() == [False]


def test_the_half_plane_and_flat_space_have_none() -> None:
    ends = torch.tensor([[[0.3, 0.01]], [[0.3, 100.0]]], dtype=torch.float64)
    assert int(lg.conjugate_points(hyperbolic().metric, Line(ends[0], ends[1])).count) == 0
    z0, z1 = affine(3).ends(2)
    assert lg.conjugate_points(affine(3).metric, Line(z0, z1)).count.tolist() == [0, 0]


def test_a_torus_has_them_outside_and_not_inside() -> None:
    turn = 2.5
    metric, outer, bend = torus_circle(0.0, turn)
    found = lg.conjugate_points(metric, outer)
    length = 2.8 * turn
    expected = math.pi / bend**0.5 / length * torch.arange(1, 1 + int(found.count), dtype=torch.float64)
    assert int(found.count) == int(length * bend**0.5 / math.pi) == 1
    torch.testing.assert_close(found.times[0], expected, rtol=0, atol=1e-6)
    metric, inner, _ = torus_circle(math.pi, turn)
    assert int(lg.conjugate_points(metric, inner).count) == 0


@pytest.mark.slow
def test_products_have_those_of_their_parts() -> None:
    ends = torch.tensor([[[0.0, 0.0, 0.0, 0.0]], [[4.0, 0.0, 7.0, 0.0]]], dtype=torch.float64)
    found = lg.conjugate_points(two_spheres(1.0, 1.5), Line(ends[0], ends[1]))
    expected = torch.tensor([math.pi / 7, math.pi / 4, 2 * math.pi / 7], dtype=torch.float64)
    torch.testing.assert_close(found.times[0], expected, rtol=0, atol=1e-6)
    # on a cylinder over a sphere only the way around it counts
    ends = torch.tensor([[[0.0, 0.0, 0.0]], [[4.0, 0.0, 5.0]]], dtype=torch.float64)
    found = lg.conjugate_points(sphere_times_line(), Line(ends[0], ends[1]))
    torch.testing.assert_close(found.times, torch.tensor([[math.pi / 4]], dtype=torch.float64), rtol=0, atol=1e-6)


@pytest.mark.parametrize("turn", [1.5, 6.0])
def test_an_ellipsoid_against_scipy(turn: float) -> None:
    a, b, c = 1.6, 1.2, 0.8
    metric, curve = ellipsoid_equator(turn, a, b, c)

    def slope(angle: float, y: np.ndarray) -> list[float]:
        # across the equator j'' = -K j, along it the length grows; Gauss' K of the ellipsoid, on z = 0
        x = a * math.cos(angle), b * math.sin(angle)
        K = 1 / (a * b * c * (x[0] ** 2 / a**4 + x[1] ** 2 / b**4)) ** 2
        speed = math.hypot(a * math.sin(angle), b * math.cos(angle))
        return [speed * y[1], -speed * K * y[0], speed]

    def meets(_: float, y: np.ndarray) -> float:
        return y[0]

    solved = solve_ivp(slope, (0.3, 0.3 + turn), [0.0, 1.0, 0.0], events=meets, rtol=1e-11, atol=1e-12)
    expected = torch.tensor([y[2] for y in solved.y_events[0] if y[2] > 0] or []) / solved.y[2, -1]
    found = lg.conjugate_points(metric, curve)
    assert int(found.count) == len(expected) == (0 if turn < 2 else 3)
    torch.testing.assert_close(found.times[0], expected, rtol=0, atol=2e-6, check_dtype=False)


class Solved(Curve):
    """A curve that scipy found: its dense output, of positions and velocities."""

    def __init__(self, dense: list[object]) -> None:
        self.dense = dense

    @property
    def breaks(self) -> Tensor:
        return torch.tensor([0.0, 1.0], dtype=torch.float64)

    def _at(self, t: Tensor, rows: slice) -> Tensor:
        t = t.expand(len(self.dense), t.shape[-1])
        parts = [one(time.numpy())[rows].T for one, time in zip(self.dense, t, strict=True)]
        return torch.tensor(np.stack(parts)) if parts else torch.zeros(0, t.shape[1], 2, dtype=torch.float64)

    def __call__(self, t: Tensor) -> Tensor:
        return self._at(t, slice(0, 2))

    def derivative(self, t: Tensor) -> Tensor:
        return self._at(t, slice(2, 4))

    def select(self, index: Tensor) -> "Solved":
        return Solved([self.dense[row] for row in index.tolist()])


def test_a_paraboloid_against_scipy() -> None:
    c = 0.7

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        z, v, j, rate = y[:2], y[2:4], y[4], y[5]
        k = 4 * c**2
        below = 1 + k * z @ z
        speed = v @ v + k * (z @ v) ** 2
        return np.concatenate([v, -k * (v @ v) / below * z, [rate, -k / below**2 * speed * j]])

    def meets(t: float, y: np.ndarray) -> float:
        return y[4] if t > 0 else 1.0

    dense, expected = [], []
    starts = [([-1.2, 0.3], [3.5, 0.0]), ([-1.2, 0.1], [1.0, 0.2]), ([-0.4, 0.9], [2.0, -4.0])]
    for z, v in starts:
        solved = solve_ivp(
            slope, (0, 1), [*z, *v, 0.0, 1.0], events=meets, rtol=1e-11, atol=1e-12, dense_output=True, max_step=0.01
        )
        dense.append(solved.sol)
        expected.append([time for time in solved.t_events[0] if time > 0])
    found = lg.conjugate_points(paraboloid(c).metric, Solved(dense))
    assert found.count.tolist() == [len(times) for times in expected]
    # one goes too short a way
    assert sorted(found.count.tolist()) == [0, 1, 1]
    for times, true in zip(found.times, expected, strict=True):
        torch.testing.assert_close(times[: len(true)], torch.tensor(true, dtype=torch.float64), rtol=0, atol=2e-6)


@pytest.mark.slow
def test_beyond_a_conjugate_point_a_geodesic_is_longer_than_another_near_it() -> None:
    """On an ellipsoid's equator: a path that leaves it by a little is longer before, and shorter beyond."""
    surface = ellipsoid()
    t = torch.linspace(0, 1, 400, dtype=torch.float64)
    for share, shorter in ((0.75, False), (1.3, True)):
        metric, whole = ellipsoid_equator(6.0)
        first = float(lg.conjugate_points(metric, whole).first)
        z1 = whole(t * min(1.0, share * first))
        # the first variation that vanishes at both ends, of little height
        side = torch.stack([torch.zeros_like(t), 0.02 * (math.pi * t).sin()], 1)
        lengths = [float(lg.length(surface.metric, lg.Polyline(z))) for z in (z1, z1 + side)]
        assert (lengths[1] < lengths[0]) == shorter
