"""Surfaces whose geodesics are known, as decoders or metrics: the oracles of the geometry tests.

Each has a decoder (or a metric), end points inside its chart, and the true distance between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy.integrate import solve_bvp
from torch import Tensor

import latentgeo as lg

__all__ = ["ALL_2D", "Surface", "affine", "cylinder", "hyperbolic", "moved", "paraboloid", "random_mlp", "sphere"]


@dataclass(frozen=True)
class Surface:
    """A metric with known distances.

    Attributes:
        name: For test ids.
        metric: Of the chart.
        distance: True distances between points (pairs, latent).
        ends: Draws so many pairs of points.
    """

    name: str
    metric: lg.Metric
    distance: Callable[[Tensor, Tensor], Tensor]
    ends: Callable[[int], tuple[Tensor, Tensor]]


def draw(count: int, latent: int, low: float, high: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Pairs of points, uniform in a cube, float64."""
    generator = torch.Generator().manual_seed(seed)
    z = low + (high - low) * torch.rand(2, count, latent, generator=generator, dtype=torch.float64)
    return z[0], z[1]


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
    return Surface(f"sphere{latent}", lg.PullbackMetric(decoder), distance, lambda n: draw(n, latent, -side, side))


def cylinder(radius: float = 1.3, shear: float = 1.5) -> Surface:
    """A cylinder in a strongly sheared chart: the angle is u + shear w^2, so that straight lines are far from short."""

    def decoder(z: Tensor) -> Tensor:
        angle, height = z[:, 0] + shear * z[:, 1] ** 2, z[:, 1]
        return torch.stack([radius * angle.cos(), radius * angle.sin(), height], 1)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        d = z1 - z0
        turn = d[:, 0] + shear * (z1[:, 1] ** 2 - z0[:, 1] ** 2)
        return torch.hypot(radius * turn, d[:, 1])

    return Surface("cylinder", lg.PullbackMetric(decoder), distance, lambda n: draw(n, 2, -1, 1, seed=1))


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

    return Surface("hyperbolic", lg.FunctionMetric(G), distance, ends)


def paraboloid(curvature: float = 0.7) -> Surface:
    """x, y -> (x, y, c (x^2 + y^2)); the oracle solves the geodesic's differential equation."""

    def decoder(z: Tensor) -> Tensor:
        return torch.cat([z, curvature * z.square().sum(1, keepdim=True)], 1)

    def one(a: np.ndarray, b: np.ndarray) -> float:
        k = 4 * curvature**2

        def slope(t: np.ndarray, y: np.ndarray) -> np.ndarray:
            z, v = y[:2], y[2:]
            pull = k * (v**2).sum(0) / (1 + k * (z**2).sum(0))
            return np.concatenate([v, -pull * z])

        t = np.linspace(0, 1, 200)
        line = a[:, None] + (b - a)[:, None] * t
        start = np.concatenate([line, np.repeat((b - a)[:, None], len(t), 1)])
        found = solve_bvp(slope, lambda p, q: np.concatenate([p[:2] - a, q[:2] - b]), t, start, tol=1e-10)
        z, v = found.y[:2, 0], found.y[2:, 0]
        return float(np.sqrt((v**2).sum() + k * (z @ v) ** 2))

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return torch.tensor([one(a, b) for a, b in zip(z0.numpy(), z1.numpy(), strict=True)], dtype=z0.dtype)

    return Surface("paraboloid", lg.PullbackMetric(decoder), distance, lambda n: draw(n, 2, -1, 1, seed=3))


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


def moved(surface: Surface, shift: Tensor, seed: int = 5) -> Surface:
    """The same surface in a latent space that was rotated and translated."""
    latent = len(shift)
    generator = torch.Generator().manual_seed(seed)
    R = torch.linalg.qr(torch.randn(latent, latent, generator=generator, dtype=torch.float64))[0]

    def back(z: Tensor) -> Tensor:
        return (z - shift) @ R

    def G(z: Tensor) -> Tensor:
        return R @ surface.metric(back(z)) @ R.T

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = surface.ends(count)
        return z0 @ R.T + shift, z1 @ R.T + shift

    return Surface(f"moved-{surface.name}", lg.FunctionMetric(G), lambda a, b: surface.distance(back(a), back(b)), ends)


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
