"""The logarithm of the magnification factor, where the factor itself is 0 or inf: of many dimensions and outputs.

1/2 log det G is the sum of the logarithms of the diagonal of R, where J = QR: G itself, whose condition is the square
of J's, is not formed where the Jacobian is to be had.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.balance import correlation
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["log_magnification_factor"]


@takes_arrays
def log_magnification_factor(
    G: Metric | Float[Tensor, "*batch latent latent"], z: Float[Tensor, "batch latent"] | None = None
) -> Float[Tensor, "*batch"]:
    """The logarithm of the decoder's volume change at each latent point, 1/2 log det G; differentiable.

    It neither over- nor underflows, in any number of latent dimensions and outputs. Of a metric that is known to be
    J^T J it is from the Jacobian, J = QR, and good where the condition of G is up to 1e28 in float64; of any other, and
    of a tensor, from the Cholesky factor of its correlation matrix, and good up to 1e14.

    Args:
        G: Metric tensor, symmetric positive semi-definite; squared observation units per squared latent unit. Or a
            metric, with the points z to evaluate it at.
        z: Latent points, for a metric.

    Returns:
        -inf where the decoder is flat in some direction, or so nearly that roundings do not tell: where a column of J
        is a combination of those before it, or G has no Cholesky factor. NaN where G is not finite.

    Raises:
        ValueError: G is not square, or is a metric without points or a tensor with them.
    """
    if isinstance(G, Metric):
        if z is None:
            raise ValueError("log_magnification_factor of a metric wants points: log_magnification_factor(metric, z)")
        return _of_metric(G, z)
    if z is not None:
        raise ValueError(
            "log_magnification_factor wants a metric and points, or a metric tensor alone; got a tensor and z"
        )
    if G.ndim < 2 or G.shape[-1] != G.shape[-2]:
        raise ValueError(f"G must be square, (*batch, latent, latent); got {tuple(G.shape)}")
    if G.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"G must be float64 or float32; got {G.dtype}")
    return _of_tensor(G)


def _of_metric(metric: Metric, z: Tensor) -> Tensor:
    check_points("z", z)
    chords = metric.chords()
    if chords is None or chords.factor is not None:
        return _of_tensor(metric(z))
    if not len(z):
        return z.new_zeros(0)
    at_once = len(z) if torch.is_grad_enabled() else max(1, metric.points_at_once // z.shape[1])
    dtype = metric.dtype or z.dtype
    return in_parts(lambda part: _of_jacobian(chords.jacobian(part).permute(1, 2, 0), dtype), at_once, z)


def _of_jacobian(J: Float[Tensor, "batch obs latent"], dtype: torch.dtype) -> Float[Tensor, "batch"]:
    obs, latent = J.shape[1:]
    finite = torch.isfinite(J).flatten(1).all(1)
    scale = J.detach().abs().amax(1)
    alive = finite & (scale > 0).all(1)
    if obs < latent or not bool(alive.any()):
        return torch.where(finite, J.new_tensor(-math.inf), math.nan)
    # columns of one size, so that no square overflows; what is singular has no gradient to spoil
    one = torch.eye(obs, latent, dtype=J.dtype, device=J.device)
    scale = torch.where(alive[:, None], scale, 1.0)
    even = torch.where(alive[:, None, None], J / scale[:, None], one)
    diagonal = torch.linalg.qr(even)[1].diagonal(dim1=1, dim2=2).abs()
    sine = diagonal.detach() / torch.linalg.vector_norm(even.detach(), dim=1)
    alive = alive & (sine > 10 * latent * torch.finfo(dtype).eps).all(1)
    log = torch.where(alive[:, None], diagonal, 1.0).log() + scale.log()
    found = torch.where(alive, log.sum(1), -math.inf)
    return torch.where(finite, found, math.nan)


def _of_tensor(G: Float[Tensor, "*batch latent latent"]) -> Float[Tensor, "*batch"]:
    latent = G.shape[-1]
    if not latent:
        return G.new_zeros(G.shape[:-2])
    finite = torch.isfinite(G).all(-1).all(-1)
    one = torch.eye(latent, dtype=G.dtype, device=G.device)
    given = torch.where(finite[..., None, None], G.detach(), one)
    C, scale = correlation((given + given.mT) / 2)
    factor, info = torch.linalg.cholesky_ex(C)
    pivots = factor.diagonal(dim1=-2, dim2=-1)
    alive = finite & (info == 0) & (pivots.square() > 10 * latent * torch.finfo(G.dtype).eps).all(-1)
    scale = torch.where(alive[..., None], scale, 1.0)
    C = torch.where(alive[..., None, None], G / (scale[..., None] * scale[..., None, :]), one)
    log = torch.linalg.cholesky((C + C.mT) / 2).diagonal(dim1=-2, dim2=-1).log() + scale.log()
    return torch.where(finite, torch.where(alive, log.sum(-1), -math.inf), math.nan)
