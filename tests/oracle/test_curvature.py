"""Curvature in any dimension against closed forms."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from curved import plate, sphere_times_line, two_spheres
from surfaces import ALL_2D, MORE_2D, Surface, affine, cylinder, draw, hyperbolic, hyperbolic_ball, sphere

SPACE_FORMS = {
    "sphere2": (sphere(2), 1.0),
    "sphere3": (sphere(3), 1.0),
    "sphere5": (sphere(5), 1.0),
    "hyperbolic": (hyperbolic(), -1.0),
    "hyperbolic-ball3": (hyperbolic_ball(3), -1.0),
    "hyperbolic-ball5": (hyperbolic_ball(5), -1.0),
    "affine3": (affine(3), 0.0),
    "cylinder": (cylinder(), 0.0),
}


def scaled(metric: lg.Metric, radius: float) -> lg.Metric:
    """Of a unit sphere: that of another radius."""
    return lg.FunctionMetric(lambda z: radius**2 * metric(z))


def constant_curvature(G: Tensor, K: float) -> Tensor:
    """R_ijkl = K (G_ik G_jl - G_il G_jk)."""
    once = torch.einsum("bik,bjl->bijkl", G, G)
    return K * (once - once.transpose(3, 4))


@pytest.mark.parametrize("radius", [None, 2.5])
@pytest.mark.parametrize("name", SPACE_FORMS)
def test_constant_curvature(name: str, radius: float | None) -> None:
    surface, K = SPACE_FORMS[name]
    z, u = surface.ends(4)
    metric = surface.metric if radius is None else scaled(surface.metric, radius)
    K = K if radius is None else K / radius**2
    n, G = z.shape[1], metric(z)
    exact = {"rtol": 1e-11, "atol": 1e-11}
    R = torch.einsum("bim,bmjkl->bijkl", G, lg.riemann(metric, z))
    torch.testing.assert_close(R, constant_curvature(G, K), **exact)
    torch.testing.assert_close(lg.ricci(metric, z), (n - 1) * K * G, **exact)
    torch.testing.assert_close(lg.scalar_curvature(metric, z), torch.full_like(z[:, 0], n * (n - 1) * K), **exact)
    sectional = lg.sectional_curvature(metric, z, u, u.roll(1, 1) + 0.3)
    torch.testing.assert_close(sectional, torch.full_like(z[:, 0], K), **exact)


@pytest.mark.parametrize("surface", [*ALL_2D, *MORE_2D], ids=lambda surface: surface.name)
def test_surfaces(surface: Surface) -> None:
    assert surface.curvature is not None
    z, u = surface.ends(20)
    K = surface.curvature(z)
    torch.testing.assert_close(lg.scalar_curvature(surface.metric, z), 2 * K, rtol=1e-10, atol=1e-10)
    sectional = lg.sectional_curvature(surface.metric, z, u, u.flip(1) + 1)
    torch.testing.assert_close(sectional, K, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(
        lg.ricci(surface.metric, z), K[:, None, None] * surface.metric(z), rtol=1e-10, atol=1e-10
    )


def test_a_sphere_times_a_line() -> None:
    radius = 1.5
    metric = sphere_times_line(radius)
    z, _ = draw(6, 3, -0.9, 0.9)
    east, north, up = torch.eye(3, dtype=z.dtype)[:, None].expand(3, 6, 3)
    K = 1 / radius**2
    torch.testing.assert_close(lg.sectional_curvature(metric, z, east, north), torch.full_like(z[:, 0], K))
    assert float(lg.sectional_curvature(metric, z, east, up).abs().max()) < 1e-14
    # with a unit vector that leans out of the sphere by an angle: cos^2
    angle = torch.linspace(0.1, 1.5, 6, dtype=z.dtype)
    leaning = angle.cos()[:, None] * north / radius + angle.sin()[:, None] * up
    torch.testing.assert_close(lg.sectional_curvature(metric, z, east, leaning), K * angle.cos() ** 2)
    torch.testing.assert_close(lg.scalar_curvature(metric, z), torch.full_like(z[:, 0], 2 * K))
    G = metric(z)
    G[:, 2, 2] = 0
    torch.testing.assert_close(lg.ricci(metric, z), K * G, rtol=1e-10, atol=1e-12)


def test_a_product_of_spheres() -> None:
    metric = two_spheres(1.0, 1.5)
    z, _ = draw(4, 4, -0.9, 0.9)
    axes = torch.eye(4, dtype=z.dtype)[:, None].expand(4, 4, 4)
    expected = {(0, 1): 1.0, (2, 3): 1 / 1.5**2, (0, 2): 0.0, (1, 3): 0.0}
    for (i, j), K in expected.items():
        found = lg.sectional_curvature(metric, z, axes[i], axes[j])
        torch.testing.assert_close(found, torch.full_like(z[:, 0], K), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(lg.scalar_curvature(metric, z), torch.full_like(z[:, 0], 2 + 2 / 1.5**2))


def test_sectional_curvature_of_hundreds_of_dimensions() -> None:
    c, latent = 0.7, 150
    z, u = draw(2, latent, -0.1, 0.1)
    square = 1 + 4 * c**2 * z.square().sum(1)
    across = u - (u * z).sum(1, keepdim=True) / z.square().sum(1, keepdim=True) * z
    found = lg.sectional_curvature(plate(latent, c), z, z, across)
    torch.testing.assert_close(found, 4 * c**2 / square**2)


@pytest.mark.parametrize("latent", [3, 4])
def test_a_paraboloid_of_more_dimensions(latent: int) -> None:
    c = 0.7
    z, u = draw(5, latent, -1, 1)
    # products of principal curvatures: along the radius and across it
    square = 1 + 4 * c**2 * z.square().sum(1)
    along, across = 2 * c / square**1.5, 2 * c / square**0.5

    def tangential(v: Tensor) -> Tensor:
        return v - (v * z).sum(1, keepdim=True) / z.square().sum(1, keepdim=True) * z

    first, second = tangential(u), tangential(u.roll(1, 1))
    metric = plate(latent, c)
    torch.testing.assert_close(lg.sectional_curvature(metric, z, z, first), along * across)
    torch.testing.assert_close(lg.sectional_curvature(metric, z, first, second), across**2)
    n = latent - 1
    torch.testing.assert_close(lg.scalar_curvature(metric, z), 2 * n * along * across + n * (n - 1) * across**2)
