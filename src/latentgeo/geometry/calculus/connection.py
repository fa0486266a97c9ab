"""The Levi-Civita connection of a metric: Christoffel symbols, and their contraction with vectors.

Gamma^k_ij = 1/2 G^kl (d_i G_lj + d_j G_li - d_l G_ij). Everything is from derivatives of `metric(z)`, so that it
holds for every metric in any number of latent dimensions.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.jet import matrix
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.routes.tangents import forward_mode
from latentgeo.geometry.transforms import is_inside

__all__ = ["christoffel", "contraction", "geodesic_acceleration"]


@in_double
def christoffel(metric: Metric, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent latent"]:
    """Christoffel symbols at each point: Gamma[b, k, i, j] = Gamma^k_ij, symmetric in i and j.

    Forward-mode derivatives of the metric along every latent direction, in one pass over batch x latent points. A
    gradient is kept where the metric's own tensor has one: to points that ask for it, if the metric is twice
    differentiable, and to weights with `weight_gradients`.

    Args:
        metric: Any metric that is differentiable in z.
        z: Latent points.

    Returns:
        In inverse latent units; NaN where G is singular.

    Raises:
        ValueError: z is not (batch, latent).
    """
    check_points("z", z)
    asked = z.requires_grad or is_inside()
    at_once = max(1, len(z)) if asked else max(1, metric.points_at_once // (2 * z.shape[1]))
    return in_parts(lambda part: _by_forward_mode(metric, part), at_once, z)


def _by_forward_mode(metric: Metric, z: Tensor) -> Tensor:
    batch, latent = z.shape
    unit = torch.eye(latent, dtype=z.dtype, device=z.device)
    G = metric(z)
    # inside of the transform the weights' gradient is on, whether or not it is asked for
    asked = G.requires_grad or z.requires_grad or is_inside()
    with forward_mode() as kept:
        slopes = torch.func.jvp(metric, (z.repeat(latent, 1),), (unit.repeat_interleave(batch, 0),))[1]
        found = _christoffel(G, slopes.view(latent, batch, latent, latent).movedim(0, 1))
    return found if kept and asked else found.detach()


@torch.no_grad()
def contraction(
    metric: Metric, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"], u: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    """Gamma^k_ij v^i u^j at each point, without forming Gamma.

    G Gamma(v, u) = 1/2 ((dG/dv) u + (dG/du) v - grad_z v^T G u). The gradient p of the bilinear form v^T G u is linear
    in both vectors: the other two terms are derivatives of p v and p u, and the cost does not grow with the latent
    dimension. No gradient is kept.

    Returns:
        NaN where G is singular.
    """
    if _has_cheap_jet(metric, z):
        return torch.einsum("bkij,bi,bj->bk", _christoffel_of_jet(metric, z), v, u)
    with torch.enable_grad():
        points, first, second = (given.detach().clone().requires_grad_() for given in (z, v, u))
        G = metric(points)
        pull = _pull(first, G, second, points)
        along_v = _gradient(pull * v.detach(), first)
        along_u = _gradient(pull * u.detach(), second)
    lowered = (along_v + along_u - pull.detach()) / 2
    return _raise_index(G.detach(), lowered.unsqueeze(2)).squeeze(2)


@torch.no_grad()
def geodesic_acceleration(
    metric: Metric, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    """The latent acceleration of a geodesic at z with velocity v: -Gamma^k_ij v^i v^j.

    G a = 1/2 grad_z (v^T G v) - (dG/dv) v, both from gradients, as in `contraction`: two or three times as fast as
    forward mode, whose second derivatives torch spends on overhead. No gradient is kept.

    Returns:
        NaN where G is singular.
    """
    if _has_cheap_jet(metric, z):
        return -torch.einsum("bkij,bi,bj->bk", _christoffel_of_jet(metric, z), v, v)
    with torch.enable_grad():
        points, first = (given.detach().clone().requires_grad_() for given in (z, v))
        G = metric(points)
        pull = _pull(first, G, v.detach(), points)
        along_v = _gradient(pull * v.detach(), first)
    return _raise_index(G.detach(), (pull.detach() / 2 - along_v).unsqueeze(2)).squeeze(2)


def _christoffel(G: Tensor, D: Tensor) -> Tensor:
    """From the metric and D[b, k, i, j] = d_k G_ij."""
    lowered = (D.permute(0, 2, 1, 3) + D.permute(0, 2, 3, 1) - D) / 2
    return _raise_index(G, lowered.flatten(2)).view(D.shape)


def _has_cheap_jet(metric: Metric, z: Tensor) -> bool:
    return cache_of(metric) is not None and z.shape[1] == 2


def _christoffel_of_jet(metric: Metric, z: Tensor) -> Tensor:
    jet = metric.jet(z)
    return _christoffel(matrix(jet.value), torch.stack([matrix(slope) for slope in jet.first], 1))


def _raise_index(G: Tensor, lowered: Tensor) -> Tensor:
    """G^-1 applied to columns; NaN, not an error, where there is no inverse."""
    found, info = torch.linalg.solve_ex(G, lowered)
    return torch.where((info == 0)[:, None, None], found, float("nan"))


def _pull(v: Tensor, G: Tensor, u: Tensor, points: Tensor) -> Tensor:
    """grad_z (v^T G u), differentiable in v and u."""
    form = torch.einsum("bi,bij,bj->", v, G, u)
    return torch.autograd.grad(form, points, create_graph=True, materialize_grads=True)[0]


def _gradient(value: Tensor, of: Tensor) -> Tensor:
    if not value.requires_grad:
        # the metric does not depend on z
        return torch.zeros_like(of)
    return torch.autograd.grad(value.sum(), of, retain_graph=True, materialize_grads=True)[0]
