"""The metric, its connection and its Riemann tensor at points, by one of two ways.

Of a metric that a map is known to pull back, by the second fundamental form h, the part of the map's second derivatives
that is normal to its image: R_ijkl = <h_ik, h_jl> - <h_il, h_jk> (Gauss), which asks for two derivatives of the map. Of
any other, from the first and second derivatives of G, which are three of a decoder:

    R_ijkl = (d_j d_k G_il + d_i d_l G_jk - d_i d_k G_jl - d_j d_l G_ik) / 2
           + G^mn (Gamma_m,jk Gamma_n,il - Gamma_m,jl Gamma_n,ik)
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import DecoderError
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.jet import matrix
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.routes.tangents import forward_mode

__all__ = ["Embedded", "Intrinsic", "embedded_along", "local", "points_together", "raised", "refuse_piecewise_linear"]

# an eigenvalue of the correlation matrix is uncertain by some roundings for each latent dimension
_ROUNDINGS = 10


@dataclass(frozen=True)
class Embedded:
    """What is known of a map's image around points.

    Attributes:
        root: (batch, latent, latent), upper triangular, G = root^T root; NaN where G is singular.
        tangent: (batch, obs, latent), an orthonormal basis of the tangent space.
        second: (batch, obs, latent, latent), the map's second derivatives.
    """

    root: Tensor
    tangent: Tensor
    second: Tensor

    def normal(self, x: Float[Tensor, "batch obs *more"]) -> Float[Tensor, "batch obs *more"]:
        """The part that is normal to the image."""
        inside = torch.einsum("boi,bo...->bi...", self.tangent, x)
        return x - torch.einsum("boi,bi...->bo...", self.tangent, inside)

    def riemann(self) -> Float[Tensor, "batch latent latent latent latent"]:
        """R_ijkl."""
        h = self.normal(self.second)
        products = torch.einsum("boik,bojl->bijkl", h, h)
        return products - products.transpose(3, 4)

    def connection(self, v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """Gamma^k_ij v^i, a matrix in k and j."""
        along = torch.einsum("boij,bi->boj", self.second, v)
        return torch.linalg.solve_triangular(self.root, self.tangent.mT @ along, upper=True)

    def pull(self, v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """R_ijkl v^j v^l, a symmetric matrix in i and k."""
        once = self.normal(torch.einsum("boij,bj->boi", self.second, v))
        twice = torch.einsum("boi,bi->bo", once, v)
        return torch.einsum("boik,bo->bik", self.second, twice) - once.mT @ once


@dataclass(frozen=True)
class Intrinsic:
    """A metric's derivatives at points.

    Attributes:
        root: As above.
        first: (batch, latent, latent, latent), Gamma_k,ij of the first kind.
        second: (batch, latent, latent, latent, latent), d_k d_l G_ij at [b, k, l, i, j].
    """

    root: Tensor
    first: Tensor
    second: Tensor

    def riemann(self) -> Float[Tensor, "batch latent latent latent latent"]:
        """R_ijkl."""
        bend = self.second.permute(0, 3, 1, 2, 4) / 2
        # bend[b, i, j, k, l] = d_j d_k G_il / 2
        bend = bend + bend.permute(0, 2, 1, 4, 3)
        half = torch.linalg.solve_triangular(self.root.mT, self.first.flatten(2), upper=False).view(self.first.shape)
        found = bend + torch.einsum("bmjk,bmil->bijkl", half, half)
        return found - found.transpose(3, 4)

    def connection(self, v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """Gamma^k_ij v^i, a matrix in k and j."""
        return raised(self.root, torch.einsum("bkij,bi->bkj", self.first, v))

    def pull(self, v: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """R_ijkl v^j v^l, a symmetric matrix in i and k."""
        return torch.einsum("bijkl,bj,bl->bik", self.riemann(), v, v)


@torch.no_grad()
def local(metric: Metric, z: Float[Tensor, "batch latent"]) -> Embedded | Intrinsic:
    """The metric around points, without gradient.

    Raises:
        DecoderError: The decoder is piecewise linear.
    """
    batch, latent = z.shape
    unit = torch.eye(latent, dtype=z.dtype, device=z.device)
    embedded = embedded_along(metric, z, unit[:, None].expand(-1, batch, -1))
    if embedded is not None:
        return replace(embedded, second=(embedded.second + embedded.second.mT) / 2)
    G, first, second = _metric_derivatives(metric, z.detach())
    refuse_piecewise_linear(metric)
    root, info = torch.linalg.cholesky_ex(G, upper=True)
    root = torch.where((info == 0)[:, None, None], root, float("nan"))
    return Intrinsic(_nan_where_singular(metric, root), _first_kind(first), second)


@torch.no_grad()
def embedded_along(
    metric: Metric, z: Float[Tensor, "batch latent"], directions: Float[Tensor, "count batch latent"]
) -> Embedded | None:
    """The image around points, its second derivatives (batch, obs, latent, count) along some directions only.

    Returns:
        None where the metric is not known to be pulled back by a map.

    Raises:
        DecoderError: The decoder is piecewise linear.
    """
    chords = metric.chords()
    if chords is None or chords.factor is not None:
        return None
    count, (batch, latent) = len(directions), z.shape
    with forward_mode():
        rows = z.detach().repeat(count, 1)
        J, second = torch.func.jvp(chords.jacobian, (rows,), (directions.detach().flatten(0, 1),))[:2]
    refuse_piecewise_linear(metric)
    J = J.detach()[:, :batch].permute(1, 2, 0)
    second = second.detach().unflatten(1, (count, batch)).permute(2, 3, 0, 1)
    if J.shape[1] < latent:
        # fewer outputs than latent dimensions
        return Embedded(J.new_full((batch, latent, latent), float("nan")), J, second)
    tangent, root = torch.linalg.qr(J)
    return Embedded(_nan_where_singular(metric, root), tangent, second)


def refuse_piecewise_linear(metric: Metric) -> None:
    """Raises: DecoderError where the metric is constant on pieces; told once the decoder was used."""
    if metric.piecewise_linear:
        raise DecoderError(
            "the decoder is piecewise linear (ReLU?): its metric is constant on pieces and has no curvature; use "
            "smooth activations (tanh, sigmoid, softplus)"
        )


def _first_kind(first: Float[Tensor, "batch latent latent latent"]) -> Float[Tensor, "batch latent latent latent"]:
    """Gamma_k,ij of the first kind, from d_k G_ij at [b, k, i, j]."""
    return (first.permute(0, 2, 1, 3) + first.permute(0, 2, 3, 1) - first) / 2


def raised(
    root: Float[Tensor, "batch latent latent"], lowered: Float[Tensor, "batch latent columns"]
) -> Float[Tensor, "batch latent columns"]:
    """G^-1 applied to columns, G = root^T root."""
    half = torch.linalg.solve_triangular(root.mT, lowered, upper=False)
    return torch.linalg.solve_triangular(root, half, upper=True)


def points_together(metric: Metric, latent: int, directions: int | None = None) -> int:
    """Points whose second derivatives are held at a time, along all directions or some."""
    return max(1, 8 * metric.points_at_once // (latent * (directions or latent)))


def _metric_derivatives(metric: Metric, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """G, d_k G_ij at [b, k, i, j] and d_k d_l G_ij at [b, k, l, i, j]."""
    batch, latent = z.shape
    if latent == 2:
        jet = metric.jet(z)
        first = torch.stack([matrix(slope) for slope in jet.first], 1)
        xx, xy, yy = (matrix(bend) for bend in jet.second)
        second = torch.stack([torch.stack([xx, xy], 1), torch.stack([xy, yy], 1)], 1)
        return matrix(jet.value), first, second
    unit = torch.eye(latent, dtype=z.dtype, device=z.device).repeat_interleave(batch, 0)
    found = z.new_zeros(latent, batch, latent, latent, latent)
    with forward_mode():
        # in reverse over forward: some decoders have no forward mode within forward mode
        rows = z.repeat(latent, 1).requires_grad_()
        G, slopes = torch.func.jvp(metric, (rows,), (unit,))[:2]
        for i in range(latent):
            for j in range(i, latent):
                bend = _gradient(slopes[:, i, j], rows).view(latent, batch, latent)
                found[:, :, :, i, j] = found[:, :, :, j, i] = bend
    second = found.permute(1, 0, 2, 3, 4)
    second = (second + second.transpose(1, 2)) / 2
    return G.detach()[:batch], slopes.detach().unflatten(0, (latent, batch)).movedim(0, 1), second


def _gradient(value: Tensor, of: Tensor) -> Tensor:
    if not value.requires_grad:
        return torch.zeros_like(of)
    return torch.autograd.grad(value.sum(), of, retain_graph=True, materialize_grads=True)[0]


def _nan_where_singular(metric: Metric, root: Tensor) -> Tensor:
    """The root, NaN where the metric cannot be told from a singular one in any units of the axes."""
    scale = torch.linalg.vector_norm(root, dim=1, keepdim=True)
    even = root / scale
    finite = torch.isfinite(even).flatten(1).all(1)
    least = torch.linalg.svdvals(torch.where(finite[:, None, None], even, 0.0))[:, -1]
    rounding = _ROUNDINGS * root.shape[1] * torch.finfo(root_of(metric).dtype or root.dtype).eps
    return torch.where((least.square() > rounding)[:, None, None], root, float("nan"))
