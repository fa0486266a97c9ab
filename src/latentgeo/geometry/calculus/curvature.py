"""Curvature of a metric with two latent dimensions."""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.jet import Jet
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["gaussian_curvature"]

# how many times a forward pass's memory second derivatives take
_JETS = 16


@in_double
@torch.no_grad()
def gaussian_curvature(metric: Metric, z: Float[Tensor, "batch 2"]) -> Float[Tensor, "batch"]:
    """The Gaussian curvature at each point of a 2-D latent space, by Brioschi's formula.

    K (EG - F^2)^2 = det A - det B, of the metric's entries E, F, G and their first and second derivatives. No gradient
    is kept.

    Args:
        metric: Twice differentiable in z.
        z: Latent points; float64 is meant.

    Returns:
        In inverse squared observation units; NaN where G is singular.

    Warning:
        Of a cache (`GridMetric`) it is the interpolant's curvature, which converges with the square of the grid's
        spacing only; lengths converge with its fourth power.

    Raises:
        ValueError: z is not (batch, 2).
    """
    if z.ndim != 2 or z.shape[1] != 2:
        raise ValueError(f"z must be (batch, 2): the Gaussian curvature is of surfaces; got {tuple(z.shape)}")
    check_points("z", z)
    if not len(z):
        return z.new_zeros(0)
    # a cached metric's derivatives cost nothing, others have six tensors a layer
    at_once = metric.points_at_once if cache_of(metric) is not None else max(1, metric.points_at_once // _JETS)
    return in_parts(lambda part: _brioschi(metric.jet(part)), at_once, z.detach())


def _brioschi(jet: Jet) -> Float[Tensor, "batch"]:
    E, F, G = jet.value.unbind(1)
    (Ex, Fx, Gx), (Ey, Fy, Gy) = (first.unbind(1) for first in jet.first)
    bend = jet.second[1][:, 1] - (jet.second[2][:, 0] + jet.second[0][:, 2]) / 2
    zero = torch.zeros_like(E)
    A = _matrix((bend, Ex / 2, Fx - Ey / 2), (Fy - Gx / 2, E, F), (Gy / 2, F, G))
    B = _matrix((zero, Ey / 2, Gx / 2), (Ey / 2, E, F), (Gx / 2, F, G))
    square = (E * G - F * F).square()
    numerator = torch.linalg.det(A) - torch.linalg.det(B)
    return torch.where(square > 0, numerator / square, float("nan"))


def _matrix(*rows: tuple[Tensor, ...]) -> Tensor:
    return torch.stack([torch.stack(row, 1) for row in rows], 1)
