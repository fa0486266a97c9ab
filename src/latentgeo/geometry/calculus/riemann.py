"""Curvature in any number of latent dimensions: the Riemann tensor, and what it is contracted to.

Sign convention (Misner, Thorne and Wheeler 1973): R(X, Y) Z = D_X D_Y Z - D_Y D_X Z - D_[X,Y] Z, and
R(e_k, e_l) e_j = R^i_jkl e_i. Of constant curvature K, R_ijkl = K (G_ik G_jl - G_il G_jk): a sphere's is positive.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points, check_vectors
from latentgeo.geometry.calculus.local import embedded_along, local, points_together, raised
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["ricci", "riemann", "scalar_curvature", "sectional_curvature"]

# a plane whose vectors are parallel to so many roundings for each latent dimension is none
_ROUNDINGS = 10


@in_double
@torch.no_grad()
def riemann(metric: Metric, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent latent latent"]:
    """The Riemann tensor at each point: R[b, i, j, k, l] = R^i_jkl.

    R^i_jkl = d_k Gamma^i_lj - d_l Gamma^i_kj + Gamma^i_km Gamma^m_lj - Gamma^i_lm Gamma^m_kj, so that a vector Z
    that is carried round a small parallelogram of u and v changes by -R^i_jkl Z^j u^k v^l, and a sphere of radius r has
    R_ijkl = (G_ik G_jl - G_il G_jk) / r^2. Of a decoder by Gauss' equation, from its second derivatives; of any
    other metric from two derivatives of G. No gradient is kept.

    Args:
        metric: Twice differentiable in z.
        z: Latent points; float64 is meant.

    Returns:
        In inverse squared latent units; NaN where G is singular. Its size is the fourth power of the latent dimension.

    Warning:
        Of a cache (`GridMetric`) it is the interpolant's, see `gaussian_curvature`.

    Raises:
        ValueError: z is not (batch, latent).
        DecoderError: The decoder is piecewise linear: its metric has no derivative.
    """
    return _in_parts(metric, z, _riemann, 4)


@in_double
@torch.no_grad()
def ricci(metric: Metric, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
    """The Ricci tensor at each point, R_jl = R^i_jil: symmetric, (n - 1) / r^2 G on a sphere of dimension n.

    Where R_jl v^j v^l is positive, the volume of a bundle of geodesics along v shrinks beside that in flat space.

    Args:
        metric: Twice differentiable in z.
        z: Latent points; float64 is meant.

    Returns:
        In inverse squared latent units; NaN where G is singular.

    Raises:
        ValueError: z is not (batch, latent).
        DecoderError: The decoder is piecewise linear.
    """
    return _in_parts(metric, z, _ricci, 2)


@in_double
@torch.no_grad()
def scalar_curvature(metric: Metric, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch"]:
    """The scalar curvature at each point, G^jl R_jl: n (n - 1) / r^2 on a sphere of dimension n.

    Twice the Gaussian curvature in two latent dimensions; in any, it tells by how much small balls have less volume
    than flat ones of their radius.

    Args:
        metric: Twice differentiable in z.
        z: Latent points; float64 is meant.

    Returns:
        In inverse squared observation units; NaN where G is singular.

    Raises:
        ValueError: z is not (batch, latent).
        DecoderError: The decoder is piecewise linear.
    """
    return _in_parts(metric, z, _scalar, 0)


@in_double
@torch.no_grad()
def sectional_curvature(
    metric: Metric,
    z: Float[Tensor, "batch latent"],
    u: Float[Tensor, "batch latent"],
    v: Float[Tensor, "batch latent"],
) -> Float[Tensor, "batch"]:
    """The curvature of the plane of two vectors at each point: the Gaussian curvature of the geodesics within it.

    R_ijkl u^i v^j u^k v^l / (|u|^2 |v|^2 - <u, v>^2). Of a decoder by its second derivatives along u and v alone, so
    that hundreds of latent dimensions are no matter.

    Args:
        metric: Twice differentiable in z.
        z: Latent points; float64 is meant.
        u: A latent vector at each; its length does not matter.
        v: Another, not parallel to it.

    Returns:
        In inverse squared observation units; NaN where G is singular or the vectors are parallel.

    Raises:
        ValueError: Shapes or dtypes that do not fit each other.
        DecoderError: The decoder is piecewise linear.
    """
    check_vectors("z", z, "u", u)
    check_vectors("z", z, "v", v)
    if not len(z):
        return z.new_zeros(0)
    u, v = u.detach().to(z.device), v.detach().to(z.device)
    at_once = points_together(metric, z.shape[1], None if metric.chords() is None else 2)
    return in_parts(lambda *part: _sectional(metric, *part), at_once, z.detach(), u, v)


def _in_parts(metric: Metric, z: Tensor, function: Callable[[Metric, Tensor], Tensor], order: int) -> Tensor:
    check_points("z", z)
    latent = z.shape[1]
    if not len(z):
        return z.new_zeros(0, *[latent] * order)
    return in_parts(lambda part: function(metric, part), points_together(metric, latent), z.detach())


def _riemann(metric: Metric, z: Tensor) -> Tensor:
    at = local(metric, z)
    R = at.riemann()
    return raised(at.root, R.flatten(2)).view(R.shape)


def _ricci(metric: Metric, z: Tensor) -> Tensor:
    R = torch.einsum("bijil->bjl", _riemann(metric, z))
    return (R + R.mT) / 2


def _scalar(metric: Metric, z: Tensor) -> Tensor:
    at = local(metric, z)
    R = at.riemann()
    lowered = torch.einsum("bijil->bjl", raised(at.root, R.flatten(2)).view(R.shape))
    return raised(at.root, lowered).diagonal(dim1=1, dim2=2).sum(1)


def _sectional(metric: Metric, z: Tensor, u: Tensor, v: Tensor) -> Tensor:
    G = metric(z).detach()
    u = u / _norm(G, u)
    inner = torch.einsum("bi,bij,bj->b", u, G, v)[:, None]
    across = v - inner * u
    # once more: what is left of nearly parallel vectors has lost its digits
    across = across - torch.einsum("bi,bij,bj->b", u, G, across)[:, None] * u
    height = _norm(G, across)
    rounding = _ROUNDINGS * z.shape[1] * torch.finfo(z.dtype).eps * _norm(G, v)
    v = torch.where(height > rounding, across / height, float("nan"))
    at = embedded_along(metric, z, torch.stack([u, v]))
    if at is None:
        return torch.einsum("bik,bi,bk->b", local(metric, z).pull(v), u, u)
    along_u, along_v = at.normal(at.second).unbind(3)
    uu, uv, vv = (torch.einsum("boi,bi->bo", *pair) for pair in ((along_u, u), (along_u, v), (along_v, v)))
    known = torch.isfinite(at.root).flatten(1).all(1)
    return torch.where(known, (uu * vv - uv * uv).sum(1), float("nan"))


def _norm(G: Tensor, v: Tensor) -> Tensor:
    """Of vectors, (batch, 1)."""
    return torch.einsum("bi,bij,bj->b", v, G, v).clamp(min=0).sqrt()[:, None]
