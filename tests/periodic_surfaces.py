"""Surfaces with periodic coordinates whose distances are known, as the least over the images of an end point."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import Surface, draw, sphere_by_angles, torus

__all__ = ["TAU", "flat", "geographic", "least_over_images", "pendulum", "ring_torus", "uneven"]

TAU = 2 * math.pi
Distance = Callable[[Tensor, Tensor], Tensor]


def least_over_images(distance: Distance, periods: tuple[float | None, ...], turns: int = 1) -> Distance:
    """The least distance to z1 and to its images, so many periods on and back along every periodic coordinate."""
    ranges = [range(-turns, turns + 1) if period else range(1) for period in periods]
    shifts = [[n * (period or 0.0) for n, period in zip(k, periods, strict=True)] for k in itertools.product(*ranges)]

    def least(z0: Tensor, z1: Tensor) -> Tensor:
        return torch.stack([distance(z0, z1 + z1.new_tensor(shift)) for shift in shifts]).amin(0)

    return least


def flat(periods: tuple[float | None, ...], stretch: tuple[float, ...] | None = None, seed: int = 0) -> Surface:
    """A flat torus or cylinder of any dimension: G is constant, geodesics are straight to the nearest image."""
    factor = torch.tensor(stretch or (1.0,) * len(periods), dtype=torch.float64)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return ((z1 - z0) * factor).norm(dim=1)

    def G(z: Tensor) -> Tensor:
        return torch.diag(factor.to(z) ** 2).expand(len(z), -1, -1)

    return Surface(
        f"flat-{'-'.join('o' if period else 'i' for period in periods)}",
        lg.FunctionMetric(G, periods=periods),
        least_over_images(distance, periods, 2),
        lambda n: draw(n, len(periods), 0.0, 4.0, seed),
    )


def pendulum() -> Surface:
    """The image of an angle, (cos, sin), beside a second coordinate: a cylinder of radius 1."""

    def decoder(z: Tensor) -> Tensor:
        return torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1)

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return (z1 - z0).norm(dim=1)

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = draw(count, 2, 0, 1, seed=11)
        scale = z0.new_tensor([TAU, 1.0])
        return scale * z0, scale * z1

    periods = (TAU, None)
    return Surface("pendulum", lg.PullbackMetric(decoder, periods=periods), least_over_images(distance, periods), ends)


def geographic(radius: float = 1.5) -> Surface:
    """A sphere in longitude, which is periodic, and latitude; great circles cross the seam and pass near a pole."""
    open_chart = sphere_by_angles(radius)
    assert isinstance(open_chart.metric, lg.PullbackMetric)
    metric = lg.PullbackMetric(open_chart.metric.decoder, periods=(TAU, None))

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = draw(count, 2, -1, 1, seed=12)
        # both sides of the seam at pi; latitudes up to 60 degrees
        middle, size = z0.new_tensor([math.pi, 0.0]), z0.new_tensor([1.2, 1.05])
        return middle + size * z0, size * z1 - middle

    return Surface("geographic", metric, open_chart.distance, ends)


def ring_torus() -> Surface:
    """The torus of revolution in its two angles, both of them periodic."""
    surface = torus()
    assert isinstance(surface.metric, lg.FunctionMetric)
    metric = lg.FunctionMetric(surface.metric.function, periods=(TAU, TAU))

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = draw(count, 2, -0.6, 0.6, seed=13)
        # across the seams of both angles outside, and of the first one inside, where the curvature is negative
        inside = math.pi * (torch.arange(count, dtype=z0.dtype) % 2)
        z0[:, 1] += inside
        z1[:, 1] += inside
        return z0 + z0.new_tensor([0.0, TAU]), z1 + z1.new_tensor([TAU, 0.0])

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        # these are so close that no other image can be the nearest
        near = (z1 - z0 + math.pi) % TAU - math.pi
        return surface.distance(z0, z0 + near)

    return Surface("ring-torus", metric, distance, ends)


def uneven(height: float = 6.0, width: float = 0.3, where: float = 0.8) -> Surface:
    """A flat cylinder in an angle that is dear in one place: the short way in the coordinate can be the long way round.

    With u = integral of s(x) dx, s = 1 + a bump, distances are straight in (u, y), whose period is u(2 pi).
    """

    def s(x: Tensor) -> Tensor:
        return 1 + height * torch.exp(((x - where).cos() - 1) / width**2)

    fine = torch.linspace(0, TAU, 200_001, dtype=torch.float64)
    rate = s(fine)
    reached = torch.cat([rate.new_zeros(1), ((rate[1:] + rate[:-1]) / 2 * fine.diff()).cumsum(0)])

    def u(x: Tensor) -> Tensor:
        turns = (x / TAU).floor()
        inner = np.interp((x - turns * TAU).numpy(), fine.numpy(), reached.numpy())
        return torch.as_tensor(inner) + turns * reached[-1]

    def distance(z0: Tensor, z1: Tensor) -> Tensor:
        return torch.hypot(u(z1[:, 0]) - u(z0[:, 0]), z1[:, 1] - z0[:, 1])

    def G(z: Tensor) -> Tensor:
        return torch.diag_embed(torch.stack([s(z[:, 0]) ** 2, torch.ones_like(z[:, 0])], 1))

    def ends(count: int) -> tuple[Tensor, Tensor]:
        z0, z1 = draw(count, 2, -0.2, 0.2, seed=14)
        return z0, z1 + z1.new_tensor([1.7, 0.0])

    periods = (TAU, None)
    return Surface("uneven", lg.FunctionMetric(G, periods=periods), least_over_images(distance, periods), ends)
