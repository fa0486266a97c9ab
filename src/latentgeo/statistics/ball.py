"""Integrals over a manifold of any dimension in the tangent space at a point: along geodesics that leave it.

Directions are both ends of the axes of frames that are turned many ways: such a rule is exact for polynomials of degree
3, and so for second moments where space is flat (Genz and Monahan 1998). Radii are even, weighted by Simpson's rule.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.statistics.flow import flow

__all__ = ["Ball", "ball"]


@dataclass(frozen=True)
class Ball:
    """Nodes of a quadrature in a tangent space.

    Attributes:
        vectors: (nodes, latent), tangent vectors in units of the frame.
        volume: (nodes,), what each stands for, in observation units to the power of the dimension.
        points: (nodes, latent), where they lead.
        turning: (nodes, latent, latent), see `Flow`.
    """

    vectors: Tensor
    volume: Tensor
    points: Tensor
    turning: Tensor


@torch.no_grad()
def ball(
    metric: Metric,
    z: Float[Tensor, "latent"],
    frame: Float[Tensor, "latent latent"],
    reach: float,
    rotations: int,
    steps: int,
) -> Ball:
    """The quadrature of a ball around a point.

    Args:
        metric: Twice differentiable.
        z: The point.
        frame: Tangent vectors, as columns: the ball is round in them.
        reach: Its radius in units of the frame.
        rotations: Of the axes, along which geodesics leave.
        steps: Along each; an even number.
    """
    latent = len(z)
    y = _directions(latent, rotations).to(z)
    found = flow(metric, z, frame, y, reach, steps)
    radius = torch.linspace(0, reach, steps + 1, dtype=z.dtype, device=z.device)
    simpson = torch.full_like(radius, 2 / 3)
    simpson[1::2], simpson[0], simpson[-1] = 4 / 3, 1 / 3, 1 / 3
    # the unit sphere's area, in equal parts
    area = 2 * math.pi ** (latent / 2) / math.gamma(latent / 2) / len(y)
    here = torch.linalg.det(frame.T @ metric(z[None])[0] @ frame).clamp(min=0).sqrt()
    volume = here * area * (reach / steps) * found.stretch * radius ** (latent - 1) * simpson
    vectors = radius[:, None] * y[:, None]
    return Ball(vectors.flatten(0, 1), volume.flatten(), found.points.flatten(0, 1), found.turning.flatten(0, 1))


def _directions(latent: int, rotations: int) -> Float[Tensor, "rays latent"]:
    """Unit vectors, 2 latent of each rotation; always the same, so that an integral is a function of the point."""
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(rotations, latent, latent, generator=generator, dtype=torch.float64)
    axes = torch.linalg.qr(normal)[0].mT
    return torch.stack([axes, -axes], 1).flatten(0, 2)
