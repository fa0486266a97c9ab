"""Metrics whose curvature, Jacobi fields and conjugate points are known, and geodesics whose path is.

Straight latent lines serve as geodesics: Jacobi's equation is asked for along their length, whatever their time.
"""

import math

import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from surfaces import ellipsoid, torus

__all__ = ["across", "ellipsoid_equator", "plate", "sphere_times_line", "torus_circle", "two_spheres"]


def across(direction: Tensor, before: Tensor, after: Tensor) -> Line:
    """Diameters of a stereographic chart of a unit sphere (or of Poincare's ball, with tanh): lines through the origin.

    Args:
        direction: (pairs, latent), unit vectors.
        before: (pairs,), where they start: so far before the origin, in latent units.
        after: (pairs,), so far beyond it they end.
    """
    return Line(-before[:, None] * direction, after[:, None] * direction)


def sphere_times_line(radius: float = 1.0) -> lg.Metric:
    """S^2 x R in longitude, latitude and height, as a decoder: sectional curvatures from 0 to 1 / r^2."""

    def decoder(z: Tensor) -> Tensor:
        flat = z[:, 1].cos()
        return torch.stack(
            [radius * flat * z[:, 0].cos(), radius * flat * z[:, 0].sin(), radius * z[:, 1].sin(), z[:, 2]], 1
        )

    return lg.PullbackMetric(decoder)


def two_spheres(first: float = 1.0, second: float = 1.5) -> lg.Metric:
    """S^2 x S^2 of two radii, in angles, as a decoder."""

    def one(angles: Tensor, radius: float) -> Tensor:
        longitude, latitude = angles.unbind(1)
        flat = latitude.cos()
        return radius * torch.stack([flat * longitude.cos(), flat * longitude.sin(), latitude.sin()], 1)

    return lg.PullbackMetric(lambda z: torch.cat([one(z[:, :2], first), one(z[:, 2:], second)], 1))


def plate(latent: int, curvature: float = 0.7) -> lg.Metric:
    """The graph of c |z|^2 over a space of any dimension: a paraboloid with principal curvatures in closed form."""

    def decoder(z: Tensor) -> Tensor:
        return torch.cat([z, curvature * z.square().sum(1, keepdim=True)], 1)

    return lg.PullbackMetric(decoder, probe=torch.randn(4, latent, generator=torch.Generator().manual_seed(0)).double())


def torus_circle(angle: float, turn: float, radius: float = 2.0, tube: float = 0.8) -> tuple[lg.Metric, Line, float]:
    """The torus, its outer (angle 0) or inner (pi) circle turned about by an angle, and that circle's curvature."""
    surface = torus(radius, tube)
    ends = torch.tensor([[[0.0, angle]], [[turn, angle]]], dtype=torch.float64)
    bend = math.cos(angle) / (tube * (radius + tube * math.cos(angle)))
    return surface.metric, Line(ends[0], ends[1]), bend


def ellipsoid_equator(turn: float, a: float = 1.6, b: float = 1.2, c: float = 0.8) -> tuple[lg.Metric, Line]:
    """An ellipsoid and its equator, a geodesic that its longitude runs along at varying speed."""
    ends = torch.tensor([[[0.3, 0.0]], [[0.3 + turn, 0.0]]], dtype=torch.float64)
    return ellipsoid(a, b, c).metric, Line(ends[0], ends[1])
