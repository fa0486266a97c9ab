"""Connection, exponential map, logarithm, transport and curvature against closed forms."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.calculus.connection import contraction, geodesic_acceleration
from latentgeo.geometry.curves.curve import Curve, Line, Polyline
from surfaces import (
    ALL_2D,
    MORE_2D,
    Surface,
    cone,
    cylinder,
    draw,
    ellipsoid,
    hyperbolic,
    hyperbolic_ball,
    moved,
    paraboloid,
    random_mlp,
    sphere,
    sphere_by_angles,
    torus,
)

CURVED = [*ALL_2D, *MORE_2D]
SHIFT = torch.tensor([3.0, -40.0], dtype=torch.float64)
# those in closed form are quick
MOVED = [moved(surface, SHIFT, scale=scale) for surface, scale in ((torus(), 25.0), (hyperbolic(), 0.02))]


def named(surface: Surface) -> str:
    return surface.name


def on_the_sphere(z: Tensor) -> Tensor:
    """Stereographic coordinates (batch, 2) to points of the unit sphere."""
    square = z.square().sum(1, keepdim=True)
    return torch.cat([2 * z, square - 1], 1) / (1 + square)


def carried(z: Tensor, v: Tensor) -> Tensor:
    """Velocities on the unit sphere of latent velocities."""
    return torch.func.jvp(on_the_sphere, (z,), (v,))[1]


class Arc(Curve):
    """The great circles between points of the sphere, in stereographic coordinates."""

    def __init__(self, z0: Tensor, z1: Tensor) -> None:
        a, b = on_the_sphere(z0), on_the_sphere(z1)
        self.a, self.b = a, b
        self.angle = 2 * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))[:, None, None]

    @property
    def breaks(self) -> Tensor:
        return self.a.new_tensor([0.0, 1.0])

    def __call__(self, t: Tensor) -> Tensor:
        t = t.unsqueeze(-1)
        a, b, angle = self.a[:, None], self.b[:, None], self.angle
        x = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()
        return x[..., :2] / (1 - x[..., 2:])

    def derivative(self, t: Tensor) -> Tensor:
        return torch.func.jvp(self, (t,), (torch.ones_like(t),))[1]

    def select(self, index: Tensor) -> "Arc":
        chosen = Arc.__new__(Arc)
        chosen.a, chosen.b, chosen.angle = self.a[index], self.b[index], self.angle[index]
        return chosen


def turn(before: Tensor, after: Tensor) -> Tensor:
    """The angle from one plane vector to another, of each pair."""
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return torch.atan2(cross, (before * after).sum(1))


def test_christoffel_symbols_of_the_sphere() -> None:
    z = sphere().ends(5)[0]
    found = lg.christoffel(sphere().metric, z)
    # conformal, G = e^(2 s) 1: Gamma^k_ij = d_i s delta_kj + d_j s delta_ki - d_k s delta_ij
    slope = -2 * z / (1 + z.square().sum(1, keepdim=True))
    unit = torch.eye(2, dtype=z.dtype)
    true = (
        torch.einsum("bi,kj->bkij", slope, unit)
        + torch.einsum("bj,ki->bkij", slope, unit)
        - torch.einsum("bk,ij->bkij", slope, unit)
    )
    torch.testing.assert_close(found, true, rtol=1e-12, atol=1e-12)


def test_christoffel_symbols_of_the_hyperbolic_plane() -> None:
    z = hyperbolic().ends(5)[0]
    found = lg.christoffel(hyperbolic().metric, z)
    true = torch.zeros_like(found)
    true[:, 0, 0, 1] = true[:, 0, 1, 0] = true[:, 1, 1, 1] = -1 / z[:, 1]
    true[:, 1, 0, 0] = 1 / z[:, 1]
    torch.testing.assert_close(found, true, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("surface", [sphere(3), hyperbolic_ball(10), ellipsoid()], ids=named)
def test_contractions_are_those_of_the_symbols(surface: Surface) -> None:
    z, v = surface.ends(4)
    u = v.flip(0)
    gamma = lg.christoffel(surface.metric, z)
    torch.testing.assert_close(gamma, gamma.transpose(2, 3))
    once = torch.einsum("bkij,bi,bj->bk", gamma, v, v)
    torch.testing.assert_close(geodesic_acceleration(surface.metric, z, v), -once, rtol=1e-10, atol=1e-12)
    twice = torch.einsum("bkij,bi,bj->bk", gamma, v, u)
    torch.testing.assert_close(contraction(surface.metric, z, v, u), twice, rtol=1e-10, atol=1e-12)


def test_exponential_on_the_sphere_is_a_great_circle() -> None:
    z, v = sphere().ends(5)
    found = lg.exponential(sphere().metric, z, v)
    assert {outcome.value for outcome in found.outcome} == {"reached"}
    a, direction = on_the_sphere(z), carried(z, v)
    speed = direction.norm(dim=1, keepdim=True)
    end = speed.cos() * a + speed.sin() * direction / speed
    velocity = speed * (speed.cos() * direction / speed - speed.sin() * a)
    torch.testing.assert_close(on_the_sphere(found.point), end, rtol=0, atol=1e-7)
    torch.testing.assert_close(carried(found.point, found.velocity), velocity, rtol=0, atol=1e-7)
    assert float(found.speed_drift.max()) < 1e-7


def test_exponential_on_the_hyperbolic_plane() -> None:
    z = torch.tensor([[0.3, 2.0], [0.3, 2.0], [0.0, 1.0]], dtype=torch.float64)
    v = torch.tensor([[0.0, 2.0], [0.0, -2.0], [1.0, 0.0]], dtype=torch.float64)
    found = lg.exponential(hyperbolic().metric, z, v, torch.tensor([5.0, 5.0, 3.0], dtype=torch.float64))
    # straight up, straight down, and along the unit circle: (tanh t, 1 / cosh t)
    true = torch.tensor(
        [[0.3, 2 * math.exp(5)], [0.3, 2 * math.exp(-5)], [math.tanh(3), 1 / math.cosh(3)]], dtype=torch.float64
    )
    torch.testing.assert_close(found.point, true, rtol=1e-6, atol=1e-7)


def test_exponential_on_a_rolled_out_cone() -> None:
    half_angle = 0.6
    z0, z1 = cone(half_angle).ends(5)

    def rolled_out(z: Tensor) -> Tensor:
        angle = z[:, 0] * math.sin(half_angle)
        return z[:, 1:] * torch.stack([angle.cos(), angle.sin()], 1)

    v = (z1 - z0) / 2
    straight = rolled_out(z0) + torch.func.jvp(rolled_out, (z0,), (v,))[1]
    found = lg.exponential(cone(half_angle).metric, z0, v)
    torch.testing.assert_close(rolled_out(found.point), straight, rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("surface", [sphere(), cylinder(), paraboloid(), torus(), hyperbolic_ball(10)], ids=named)
def test_time_runs_back(surface: Surface) -> None:
    z0, z1 = surface.ends(3)
    there = lg.exponential(surface.metric, z0, (z1 - z0) / 2, 1.5)
    back = lg.exponential(surface.metric, there.point, there.velocity, -1.5)
    torch.testing.assert_close(back.point, z0, rtol=0, atol=1e-6)
    torch.testing.assert_close(back.velocity, (z1 - z0) / 2, rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("surface", [*CURVED, *MOVED, sphere(3), hyperbolic_ball(10)], ids=named)
def test_the_logarithm_is_as_long_as_the_distance(surface: Surface) -> None:
    z0, z1 = surface.ends(3)
    found = lg.logarithm(surface.metric, z0, z1)
    assert [outcome.value for outcome in found.outcome] == ["converged"] * 3
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-7, atol=0)
    assert bool((found.residual <= 1e-8 * (z1 - z0).norm(dim=1)).all())


def test_the_logarithm_on_a_sphere_of_ten_dimensions() -> None:
    surface = sphere(10)
    z0, z1 = surface.ends(2)
    found = lg.logarithm(surface.metric, z0, z1, tolerance=1e-6)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-6, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize("latent", [2, 3])
def test_the_logarithm_inverts_the_exponential_of_a_decoder(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=32, obs=20, scale=1.5))
    z, v = draw(4, latent, -0.5, 0.5, seed=11)
    there = lg.exponential(metric, z, v)
    assert float(there.speed_drift.max()) < 1e-6
    back = lg.logarithm(metric, z, there.point)
    assert [outcome.value for outcome in back.outcome] == ["converged"] * 4
    torch.testing.assert_close(back.velocity, v, rtol=0, atol=1e-6)


def test_transport_along_a_geodesic_keeps_its_velocity() -> None:
    surface = torus()
    z0, z1 = surface.ends(4)
    curve = lg.geodesic(surface.metric, z0, z1).curve
    v = lg.logarithm(surface.metric, z0, z1).velocity
    end = lg.exponential(surface.metric, z0, v)
    found = lg.parallel_transport(surface.metric, curve, v)
    torch.testing.assert_close(found.vector, end.velocity, rtol=0, atol=1e-5)


@pytest.mark.parametrize("surface", [sphere(), torus(), hyperbolic_ball(10)], ids=named)
def test_transport_conserves_norms_and_inner_products(surface: Surface) -> None:
    z0, z1 = surface.ends(2)
    v = torch.randn(2, 3, z0.shape[1], generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = lg.parallel_transport(surface.metric, Line(z0, z1), v)
    before = torch.einsum("pmi,pij,pnj->pmn", v, surface.metric(z0), v)
    after = torch.einsum("pmi,pij,pnj->pmn", found.vector, surface.metric(z1), found.vector)
    torch.testing.assert_close(after, before, rtol=1e-6, atol=1e-7)
    assert float(found.norm_drift.max()) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize(("arcs", "tolerance"), [(True, 1e-7), (False, 1e-4)], ids=["exact", "solved"])
def test_a_triangle_on_the_sphere_turns_by_its_area(arcs: bool, tolerance: float) -> None:
    metric = lg.FunctionMetric(lambda z: 4 / (1 + z.square().sum(1))[:, None, None] ** 2 * torch.eye(2, dtype=z.dtype))
    corners = torch.tensor([[[-0.5, -0.4]], [[0.7, -0.2]], [[0.1, 0.8]]], dtype=torch.float64)
    v = first = torch.tensor([[0.3, 0.2]], dtype=torch.float64)
    for z0, z1 in zip(corners, corners.roll(-1, 0), strict=True):
        curve = Arc(z0, z1) if arcs else lg.geodesic(metric, z0, z1).curve
        v = lg.parallel_transport(metric, curve, v).vector
    a, b, c = (on_the_sphere(corner)[0] for corner in corners)
    # Eriksson's formula for the area; that of these corners runs counter-clockwise in the chart
    volume = torch.linalg.det(torch.stack([a, b, c])).abs()
    area = 2 * torch.atan2(volume, 1 + a @ b + b @ c + c @ a)
    assert float(turn(first, v)) == pytest.approx(float(area), abs=tolerance)


def test_a_rectangle_on_the_torus_turns_by_its_total_curvature() -> None:
    radius, tube = 2.0, 0.8
    low, high = 0.4, 2.2
    corners = torch.tensor([[[0.0, low], [0.7, low], [0.7, high], [0.0, high], [0.0, low]]], dtype=torch.float64)
    v = torch.tensor([[0.4, 0.5]], dtype=torch.float64)
    surface = torus(radius, tube)
    found = lg.parallel_transport(surface.metric, Polyline(corners), v)
    size = surface.metric(corners[:, 0]).diagonal(dim1=1, dim2=2).sqrt()
    total = 0.7 * (math.sin(high) - math.sin(low))
    assert float(turn(size * v, size * found.vector)) == pytest.approx(total, abs=1e-7)


def test_a_flat_surface_turns_nothing() -> None:
    surface = cylinder()
    loop = torch.tensor([[[0.0, 0.0], [1.0, 0.2], [0.3, 0.9], [0.0, 0.0]]], dtype=torch.float64)
    v = torch.tensor([[0.4, 0.5]], dtype=torch.float64)
    torch.testing.assert_close(lg.parallel_transport(surface.metric, Polyline(loop), v).vector, v, rtol=0, atol=1e-7)


@pytest.mark.parametrize("surface", [*CURVED, *MOVED, hyperbolic_ball(2)], ids=named)
def test_gaussian_curvature(surface: Surface) -> None:
    z, _ = surface.ends(20)
    assert surface.curvature is not None
    torch.testing.assert_close(lg.gaussian_curvature(surface.metric, z), surface.curvature(z), rtol=1e-10, atol=1e-10)


@pytest.mark.slow
def test_curvature_of_a_cache_converges() -> None:
    surface = sphere_by_angles()
    z, _ = surface.ends(50)
    assert surface.curvature is not None
    error = []
    for size in (32, 128):
        cached = lg.GridMetric(surface.metric, ((-1.2, 1.2), (-1.1, 1.1)), size)
        error.append(float((lg.gaussian_curvature(cached, z) - surface.curvature(z)).abs().max()))
    assert error[1] < 1e-4
    # of second order: a sixteenth
    assert error[1] < error[0] / 10
