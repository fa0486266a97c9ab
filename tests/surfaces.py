"""Surfaces whose geodesics are known, as decoders or metrics: the oracles of the geometry tests.

Each has a decoder (or a metric), end points inside its chart, and the true distance between them: in closed form, or
by a solver of the geodesic's differential equation, written out for the surface, that shares nothing with the library.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.integrate import solve_bvp
from torch import Tensor

import latentgeo as lg

__all__ = [
    "ALL_2D",
    "MORE_2D",
    "Surface",
    "across_the_axes",
    "affine",
    "along_an_axis",
    "cone",
    "cylinder",
    "draw",
    "ellipsoid",
    "hyperbolic",
    "hyperbolic_ball",
    "moved",
    "paraboloid",
    "random_mlp",
    "sphere",
    "sphere_by_angles",
    "stretched",
    "torus",
]


@dataclass(frozen=True)
class Surface:
    """A metric with known distances.

    Attributes:
        name: For test ids.
        metric: Of the chart.
        distance: True distances between points (pairs, latent).
        ends: Draws so many pairs of points.
        curvature: Gaussian curvature at points (batch, 2) in closed form, of 2-D surfaces.
    """

    name: str
    metric: lg.Metric
    distance: Callable[[Tensor, Tensor], Tensor]
    ends: Callable[[int], tuple[Tensor, Tensor]]
    curvature: Callable[[Tensor], Tensor] | None = None


def draw(count: int, latent: int, low: float, high: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pairs of points, uniform in a cube, float64."""
    generator = torch.Generator().manual_seed(seed)
    z = low + (high - low) * torch.rand(2, count, latent, generator=generator, dtype=torch.float64)
    return z[0], z[1]


def draw_around(
    centre: tuple[float, float], reach: tuple[float, float], seed: int
) -> Callable[[int], tuple[Tensor, Tensor]]:
    """Draws pairs of points, uniform in a rectangle."""

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = draw(count, 2, -1, 1, seed)
        middle, size = z0.new_tensor(centre), z0.new_tensor(reach)
        return middle + size * z0, middle + size * z1

    return ends


def constant(value: float) -> Callable[[Tensor], Tensor]:
    """The same curvature everywhere."""
    return lambda z: z.new_full((len(z),), value)


def diagonal(first: Tensor, second: Tensor) -> Tensor:
    """Metrics (batch, 2, 2) of orthogonal coordinates."""
    return torch.diag_embed(torch.stack([first, second], 1))


def sphere(latent: int = 2, reach: float = 0.9) -> Surface:
    """The unit sphere in stereographic coordinates; end points within the southern part."""

    def decoder(z: Tensor) -> Tensor:
        square = z.square().sum(1, keepdim=True)
        return torch.cat([2 * z, square - 1], 1) / (1 + square)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        # atan2 is exact where arccos is not, at small angles
        a, b = decoder(z0), decoder(z1)
        return 2 * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))

    side = reach / latent**0.5
    return Surface(
        f"sphere{latent}",
        lg.PullbackMetric(decoder),
        distance,
        lambda n: draw(n, latent, -side, side),
        constant(1.0) if latent == 2 else None,
    )


def sphere_by_angles(radius: float = 1.5) -> Surface:
    """A sphere in longitude and latitude, away from the poles: the circles of latitude are no geodesics."""

    def decoder(z: Tensor) -> Tensor:
        longitude, latitude = z.unbind(1)
        flat = latitude.cos()
        return radius * torch.stack([flat * longitude.cos(), flat * longitude.sin(), latitude.sin()], 1)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        a, b = decoder(z0), decoder(z1)
        return 2 * radius * torch.atan2((a - b).norm(dim=1), (a + b).norm(dim=1))

    ends = draw_around((0.0, 0.0), (1.0, 0.9), seed=6)
    return Surface("sphere-by-angles", lg.PullbackMetric(decoder), distance, ends, constant(1 / radius**2))


def cylinder(radius: float = 1.3, shear: float = 1.5) -> Surface:
    """A cylinder in a strongly sheared chart: the angle is u + shear w^2, so that straight lines are far from short."""

    def decoder(z: Tensor) -> Tensor:
        angle, height = z[:, 0] + shear * z[:, 1] ** 2, z[:, 1]
        return torch.stack([radius * angle.cos(), radius * angle.sin(), height], 1)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        d = z1 - z0
        turn = d[:, 0] + shear * (z1[:, 1] ** 2 - z0[:, 1] ** 2)
        return torch.hypot(radius * turn, d[:, 1])

    return Surface("cylinder", lg.PullbackMetric(decoder), distance, lambda n: draw(n, 2, -1, 1, seed=1), constant(0.0))


def cone(half_angle: float = 0.6) -> Surface:
    """A cone in the angle about its axis and the distance from its apex: rolled out, a flat sector."""

    def G(z: Tensor) -> Tensor:
        return diagonal((z[:, 1] * math.sin(half_angle)).square(), torch.ones_like(z[:, 1]))

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        def rolled_out(z: Tensor) -> Tensor:
            angle = z[:, 0] * math.sin(half_angle)
            return z[:, 1:] * torch.stack([angle.cos(), angle.sin()], 1)

        return (rolled_out(z1) - rolled_out(z0)).norm(dim=1)

    ends = draw_around((0.5, 1.2), (1.2, 0.6), seed=7)
    return Surface("cone", lg.FunctionMetric(G), distance, ends, constant(0.0))


def hyperbolic() -> Surface:
    """The upper half-plane as a function z -> G; away from its edge."""

    def G(z: Tensor) -> Tensor:
        return torch.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return torch.acosh(1 + (z1 - z0).square().sum(1) / (2 * z0[:, 1] * z1[:, 1]))

    def ends(count: int) -> tuple[Tensor, Tensor]:
        shift = torch.tensor([0.0, 2.5], dtype=torch.float64)
        z0, z1 = draw(count, 2, -1, 1, seed=2)
        return z0 + shift, z1 + shift

    return Surface("hyperbolic", lg.FunctionMetric(G), distance, ends, constant(-1.0))


def hyperbolic_ball(latent: int, reach: float = 0.6) -> Surface:
    """Poincare's ball of any dimension, as a function z -> G."""

    def G(z: Tensor) -> Tensor:
        factor = 4 / (1 - z.square().sum(1)) ** 2
        return factor[:, None, None] * torch.eye(latent, dtype=z.dtype)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        inside = (1 - z0.square().sum(1)) * (1 - z1.square().sum(1))
        return 2 * torch.asinh((z1 - z0).norm(dim=1) / inside.sqrt())

    side = reach / latent**0.5
    curvature = constant(-1.0) if latent == 2 else None
    name = f"hyperbolic-ball{latent}"
    return Surface(name, lg.FunctionMetric(G), distance, lambda n: draw(n, latent, -side, side, seed=8), curvature)


def paraboloid(curvature: float = 0.7) -> Surface:
    """x, y -> (x, y, c (x^2 + y^2)); the oracle solves the geodesic's differential equation."""

    def decoder(z: Tensor) -> Tensor:
        return torch.cat([z, curvature * z.square().sum(1, keepdim=True)], 1)

    def pull(z: np.ndarray, v: np.ndarray) -> np.ndarray:
        k = 4 * curvature**2
        return -k * (v**2).sum(0) / (1 + k * (z**2).sum(0)) * z

    def speed(z: np.ndarray, v: np.ndarray) -> float:
        return float(np.sqrt((v**2).sum() + 4 * curvature**2 * (z @ v) ** 2))

    def bent(z: Tensor) -> Tensor:
        return 4 * curvature**2 / (1 + 4 * curvature**2 * z.square().sum(1)) ** 2

    return Surface(
        "paraboloid", lg.PullbackMetric(decoder), shooting(pull, speed), lambda n: draw(n, 2, -1, 1, seed=3), bent
    )


def torus(radius: float = 2.0, tube: float = 0.8) -> Surface:
    """A torus in its two angles, on both sides of the circle where its curvature changes sign."""

    def G(z: Tensor) -> Tensor:
        wide = radius + tube * z[:, 1].cos()
        return diagonal(wide.square(), torch.full_like(wide, tube**2))

    def pull(z: np.ndarray, v: np.ndarray) -> np.ndarray:
        wide = radius + tube * np.cos(z[1])
        return np.stack([2 * tube * np.sin(z[1]) / wide * v[0] * v[1], -wide * np.sin(z[1]) / tube * v[0] ** 2])

    def speed(z: np.ndarray, v: np.ndarray) -> float:
        return float(np.hypot((radius + tube * np.cos(z[1])) * v[0], tube * v[1]))

    def bent(z: Tensor) -> Tensor:
        return z[:, 1].cos() / (tube * (radius + tube * z[:, 1].cos()))

    ends = draw_around((0.3, 1.2), (0.6, 0.8), seed=9)
    return Surface("torus", lg.FunctionMetric(G), shooting(pull, speed), ends, bent)


def ellipsoid(a: float = 1.6, b: float = 1.2, c: float = 0.8) -> Surface:
    """An ellipsoid with three axes, in angles, away from the poles; the oracle solves for the path in space.

    On x^T D x = 1 a geodesic accelerates along the normal D x: x'' = -(x'^T D x' / |D x|^2) D x.
    """
    axes = np.array([a, b, c])
    D = axes[:, None] ** -2.0

    def decoder(z: Tensor) -> Tensor:
        longitude, latitude = z.unbind(1)
        flat = latitude.cos()
        unit = torch.stack([flat * longitude.cos(), flat * longitude.sin(), latitude.sin()], 1)
        return unit * unit.new_tensor(axes)

    def pull(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return -(D * v**2).sum(0) / ((D * x) ** 2).sum(0) * (D * x)

    in_space = shooting(pull, lambda x, v: float(np.linalg.norm(v)))

    def bent(z: Tensor) -> Tensor:
        spread = (decoder(z) / decoder(z).new_tensor(axes) ** 2).square().sum(1)
        return 1 / (a * b * c * spread) ** 2

    ends = draw_around((0.4, 0.1), (0.8, 0.7), seed=10)
    return Surface(
        "ellipsoid", lg.PullbackMetric(decoder), lambda z0, z1: in_space(decoder(z0), decoder(z1)), ends, bent
    )


def shooting(
    pull: Callable[[np.ndarray, np.ndarray], np.ndarray], speed: Callable[[np.ndarray, np.ndarray], float]
) -> Callable[[Tensor, Tensor], Tensor]:
    """Distances by a boundary-value solver.

    Args:
        pull: Positions and velocities (dimension, time) to the acceleration of a geodesic.
        speed: Of one position and velocity.
    """

    def one(a: np.ndarray, b: np.ndarray) -> float:
        n = len(a)
        t = np.linspace(0, 1, 60)
        line = a[:, None] + (b - a)[:, None] * t
        start = np.concatenate([line, np.repeat((b - a)[:, None], len(t), 1)])
        found = solve_bvp(
            lambda t, y: np.concatenate([y[n:], pull(y[:n], y[n:])]),
            lambda p, q: np.concatenate([p[:n] - a, q[:n] - b]),
            t,
            start,
            tol=1e-10,
            max_nodes=20_000,
        )
        if not found.success:
            raise RuntimeError(f"no reference between {a} and {b}: {found.message}")
        return speed(found.y[:n, 0], found.y[n:, 0])

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return torch.tensor([one(a, b) for a, b in zip(z0.numpy(), z1.numpy(), strict=True)], dtype=z0.dtype)

    return distance


def affine(latent: int, obs: int = 12) -> Surface:
    """z -> A z + b: geodesics are straight."""
    generator = torch.Generator().manual_seed(latent)
    A = torch.randn(obs, latent, generator=generator, dtype=torch.float64)
    layer = torch.nn.Linear(latent, obs, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(A)
    return Surface(
        f"affine{latent}",
        lg.PullbackMetric(layer),
        lambda z0, z1: ((z1 - z0) @ A.T).norm(dim=1),
        lambda n: draw(n, latent, -2, 2, seed=4),
    )


def moved(surface: Surface, shift: Tensor, seed: int = 5, scale: float = 1.0) -> Surface:
    """The same surface in a latent space that was rotated, enlarged and translated."""
    latent = len(shift)
    generator = torch.Generator().manual_seed(seed)
    R = torch.linalg.qr(torch.randn(latent, latent, generator=generator, dtype=torch.float64))[0]
    bent = surface.curvature

    def back(z: Tensor) -> Tensor:
        return (z - shift) @ R / scale

    def G(z: Tensor) -> Tensor:
        return R @ surface.metric(back(z)) @ R.T / scale**2

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = surface.ends(count)
        return scale * z0 @ R.T + shift, scale * z1 @ R.T + shift

    return Surface(
        f"moved-{surface.name}",
        lg.FunctionMetric(G),
        lambda a, b: surface.distance(back(a), back(b)),
        ends,
        None if bent is None else lambda z: bent(back(z)),
    )


def stretched(surface: Surface, A: Tensor) -> Surface:
    """The same surface in a latent space whose points are A z: other units of the axes, or thin directions across them.

    Args:
        surface: Of a decoder.
        A: Invertible, (latent, latent).
    """
    inverse = torch.linalg.inv(A)
    metric = surface.metric
    if not isinstance(metric, lg.PullbackMetric):
        raise TypeError(f"only a decoder's surface can be stretched; got {type(metric).__name__}")

    def back(z: Tensor) -> Tensor:
        return z @ inverse.T.to(z)

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = surface.ends(count)
        return z0 @ A.T, z1 @ A.T

    return Surface(
        f"stretched-{surface.name}",
        lg.PullbackMetric(lambda z: metric.decoder(back(z)), probe=torch.cat(ends(4))),
        lambda a, b: surface.distance(back(a), back(b)),
        ends,
    )


def along_an_axis(latent: int, factor: float) -> Tensor:
    """What stretches the last axis."""
    return torch.diag(torch.tensor([1.0] * (latent - 1) + [factor], dtype=torch.float64))


def across_the_axes(latent: int, factor: float, seed: int = 0) -> Tensor:
    """What stretches a direction that is no axis."""
    generator = torch.Generator().manual_seed(seed)
    R = torch.linalg.qr(torch.randn(latent, latent, generator=generator, dtype=torch.float64))[0]
    return R @ along_an_axis(latent, factor) @ R.T


def random_mlp(
    latent: int = 2, hidden: int = 64, obs: int = 40, scale: float = 2.0, seed: int = 0
) -> torch.nn.Sequential:
    """An untrained tanh decoder whose weights are large enough for a curved image; float64, evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    sizes = [latent, hidden, hidden, obs]
    layers: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layer = torch.nn.Linear(n_in, n_out, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(scale * torch.randn(n_out, n_in, generator=generator, dtype=torch.float64) / n_in**0.5)
            layer.bias.copy_(torch.randn(n_out, generator=generator, dtype=torch.float64) / 2)
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1]).eval().requires_grad_(False)


ALL_2D = [sphere(), cylinder(), hyperbolic(), paraboloid()]
MORE_2D = [sphere_by_angles(), cone(), torus(), ellipsoid()]
