"""Integrals over a surface in the tangent space at a point: along geodesics that leave it in all directions.

In geodesic polar coordinates the volume is dV = j dr dphi, j'' = -K j along each geodesic, j(0) = 0, j'(0) = 1, with
the Gaussian curvature K (do Carmo 1976, section 4-6). A geodesic counts up to where it ceases to be the shortest: its
first conjugate point, or where a distance field says so; and up to the border of the cache.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.calculus.curvature import gaussian_curvature
from latentgeo.statistics.fields import Fields

__all__ = ["Disc", "disc"]

# a geodesic that is longer than a field says, by this factor and so many steps of the mesh, is none of the shortest
_LONGER, _STEPS = 1.01, 0.5


@dataclass(frozen=True)
class Disc:
    """Nodes of a quadrature in tangent spaces.

    Attributes:
        vectors: (nodes, 2), tangent vectors in units of the frames.
        volume: (centres, nodes), what each stands for at each centre, in squared observation units.
    """

    vectors: Tensor
    volume: Tensor


@torch.no_grad()
def disc(
    fields: Fields,
    centres: Float[Tensor, "centres 2"],
    frames: Float[Tensor, "centres 2 2"],
    reach: float,
    angles: int,
    steps: int,
) -> Disc:
    """The quadrature of discs around points: the trapezium's rule by angle, Simpson's by radius.

    Args:
        fields: Has the metric and distances.
        centres: The points, in the fields' units.
        frames: Two tangent vectors at each, as columns: the discs are round in them.
        reach: The discs' radius in units of the frames.
        angles: Geodesics from each point.
        steps: Along each, by the Runge-Kutta rule of order 4; an even number.
    """
    angle = torch.arange(angles, dtype=centres.dtype) * (2 * math.pi / angles)
    direction = torch.stack([angle.cos(), angle.sin()], 1)
    velocity = (direction @ frames.mT).flatten(0, 1)
    start = centres.repeat_interleave(angles, 0)
    speed = fields.metric.squared_speed(start, velocity).clamp(min=0).sqrt()
    points, wide = _shot(fields, start, velocity, speed, reach / steps, steps)
    radius = torch.linspace(0, reach, steps + 1, dtype=centres.dtype)
    points = points.view(len(centres), -1, 2)
    nearest = fields.squared_at(centres, points).sqrt().view(len(start), -1)
    # between nodes a field is known as well as it changes there
    slack = _STEPS * fields.finest(fields.metric(points.flatten(0, 1))).view(len(start), -1)
    shortest = speed[:, None] * radius <= _LONGER * nearest + slack
    counts = ((wide > 0) & shortest)[:, 1:].cummin(1).values
    counts = torch.cat([torch.ones_like(counts[:, :1]), counts], 1)
    simpson = torch.full_like(radius, 2 / 3)
    simpson[1::2], simpson[0], simpson[-1] = 4 / 3, 1 / 3, 1 / 3
    G = fields.metric(centres)
    area = torch.linalg.det(G).clamp(min=0).sqrt() * torch.linalg.det(frames).abs()
    share = torch.where(speed > 0, 1 / speed, 0.0)[:, None] * wide * counts * simpson * (reach / steps)
    volume = (2 * math.pi / angles) * area[:, None, None] * share.view(len(centres), angles, -1)
    vectors = radius[:, None] * direction[:, None]
    return Disc(vectors.flatten(0, 1), volume.flatten(1))


def _shot(
    fields: Fields, z: Tensor, velocity: Tensor, speed: Tensor, h: float, steps: int
) -> tuple[Float[Tensor, "rays nodes 2"], Float[Tensor, "rays nodes"]]:
    """Points along geodesics, and j there: zero from where one is conjugate, or the box or the metric ends."""
    low, high = fields.box.T

    def slope(state: Tensor) -> Tensor:
        z, v, j, rate = state[:, :2], state[:, 2:4], state[:, 4], state[:, 5]
        bend = gaussian_curvature(fields.metric, z)
        return torch.cat(
            [v, geodesic_acceleration(fields.metric, z, v), torch.stack([rate, -bend * speed.square() * j], 1)], 1
        )

    state = torch.cat([z, velocity, torch.zeros_like(speed)[:, None], speed[:, None]], 1)
    alive = speed > 0
    points, wide = [z], [torch.zeros_like(speed)]
    for _ in range(steps):
        first = slope(state)
        second = slope(state + h / 2 * first)
        third = slope(state + h / 2 * second)
        fourth = slope(state + h * third)
        moved = state + h / 6 * (first + 2 * second + 2 * third + fourth)
        at = moved[:, :2]
        alive = alive & torch.isfinite(moved).all(1) & ((at >= low) & (at <= high)).all(1) & (moved[:, 4] > 0)
        # one that has ended rests where it last was
        state = torch.where(alive[:, None], moved, state)
        points.append(state[:, :2])
        wide.append(torch.where(alive, state[:, 4], 0.0))
    return torch.stack(points, 1), torch.stack(wide, 1)
