"""The latent directions in which a decoder changes most: the largest eigenvalues of G, without forming it.

Block Lanczos with full reorthogonalisation (Golub and Underwood 1977): the Rayleigh-Ritz pairs of a Krylov space that
grows by a block of as many vectors as are wanted, so that eigenvalues that are equal are all found.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.product import metric_product

__all__ = ["Eigenpairs", "top_eigenpairs"]


@dataclass(frozen=True, repr=False)
class Eigenpairs(Described):
    """Eigenvalues and eigenvectors of metric tensors.

    Attributes:
        values: (batch, k), the largest first; squared observation units per squared latent unit.
        vectors: (batch, latent, k), columns, orthonormal in latent units.
        residual: (batch, k), |G x - value x| over the largest value: no eigenvalue is further off than that.
        products: How many G v were formed at each point.
    """

    values: Tensor
    vectors: Tensor
    residual: Tensor
    products: int


@takes_arrays
@torch.no_grad()
def top_eigenpairs(
    metric: Metric,
    z: Float[Tensor, "batch latent"],
    k: int,
    tolerance: float = 1e-8,
    *,
    generator: torch.Generator,
    max_blocks: int = 100,
) -> Eigenpairs:
    """The k largest eigenvalues of G at each point, with their eigenvectors, from products G v alone.

    Args:
        metric: Any metric; see `metric_product`.
        z: Latent points.
        k: How many, from 1 to the latent dimension.
        tolerance: Greatest residual, at which no point goes on; ten roundings at least, of what the metric is evaluated
            in. Values are good to about its square.
        generator: Draws the vectors to begin with, on its own device.
        max_blocks: Blocks of k products at most; the residual tells how far these led.

    Returns:
        Where two eigenvalues are equal, vectors are some basis of what they span. NaN where G is not finite.

    Raises:
        ValueError: z is not (batch, latent), or a k that is not from 1 to the latent dimension.
    """
    check_points("z", z)
    batch, latent = z.shape
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= latent:
        raise ValueError(f"k must be a whole number from 1 to the latent dimension, {latent}; got {k}")
    z = z.detach()
    tolerance = max(tolerance, 10 * torch.finfo(metric.dtype or z.dtype).eps)

    def drawn() -> Tensor:
        return torch.randn(batch, latent, k, generator=generator, dtype=z.dtype, device=generator.device).to(z.device)

    def times_G(vectors: Tensor) -> Tensor:
        count = vectors.shape[2]
        found = metric_product(metric, z.repeat_interleave(count, 0), vectors.mT.flatten(0, 1))
        return found.view(batch, count, latent).mT

    basis = torch.linalg.qr(drawn())[0]
    images = times_G(basis)
    finite = torch.isfinite(images).flatten(1).all(1)[:, None, None]
    while True:
        images = torch.where(finite, images, 0.0)
        T = basis.mT @ images
        values, inner = torch.linalg.eigh((T + T.mT) / 2)
        values, inner = values[:, -k:].flip(1), inner[:, :, -k:].flip(2)
        vectors = basis @ inner
        size = values.amax(1, keepdim=True).clamp(min=torch.finfo(z.dtype).tiny)
        residual = torch.linalg.vector_norm(images @ inner - vectors * values[:, None], dim=1) / size
        room = latent - basis.shape[2]
        if not batch or bool((residual <= tolerance).all()) or not room or basis.shape[2] >= max_blocks * k:
            break
        # where the space is invariant already, anything goes on
        onwards = images[:, :, -k:] / size[:, None] + torch.finfo(z.dtype).eps * drawn()
        basis = torch.cat([basis, _orthonormal(onwards, basis)[:, :, :room]], 2)
        images = torch.cat([images, times_G(basis[:, :, images.shape[2] :])], 2)
    values, vectors, residual = (
        torch.where(finite.flatten(1) if part.ndim == 2 else finite, part, float("nan"))
        for part in (values, vectors, residual)
    )
    return Eigenpairs(values, vectors, residual, basis.shape[2])


def _orthonormal(columns: Tensor, basis: Tensor) -> Tensor:
    """An orthonormal basis of what the columns have beyond the basis; three rounds, for those that have little."""
    for _ in range(3):
        columns = columns - basis @ (basis.mT @ columns)
        columns = torch.linalg.qr(columns)[0]
    return columns
