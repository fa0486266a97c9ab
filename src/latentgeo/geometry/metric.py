"""Riemannian metrics of a latent space: an object with two verbs, `metric(z)` and `metric.squared_speed(z, v)`.

Solvers see only these two, so that every solver works with every metric. Computations follow the dtype of z; geometry
is meant for float64, in which the decoder has to be too (`decoder.double()`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.decoder import Decoder, check_decoder, probe_points
from latentgeo.geometry.jacobian import displacement, jacobian, plain_layers
from latentgeo.geometry.jet import Jet, carry, entries

if TYPE_CHECKING:
    from latentgeo.geometry.grid import GridMetric

__all__ = ["FunctionMetric", "Metric", "PullbackMetric", "magnification_factor"]


class Metric(ABC):
    """A Riemannian metric: a symmetric positive semi-definite matrix at every latent point."""

    @abstractmethod
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """The metric tensor G at each point, in squared observation units per squared latent unit."""

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """v^T G(z) v, the squared speed of a point z that moves with velocity v."""
        return torch.einsum("bi,bij,bj->b", v, self(z), v)

    def substitute(self, metric: "Metric", replacement: "Metric") -> "Metric":
        """This metric with one that it is built on exchanged, e.g. for its cache; itself if it is not built on it."""
        return replacement if self is metric else self

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """G with its first and second derivatives at each point of a 2-D latent space; dear unless it is cached."""
        unit = torch.eye(2, dtype=z.dtype, device=z.device)
        zero = torch.zeros_like(z)
        position = Jet(z, (unit[:1].expand_as(z), unit[1:].expand_as(z)), (zero, zero, zero))
        return carry(lambda points: entries(self(points)), position)

    @property
    def base(self) -> "Metric | None":
        """The metric that this one is a pointwise function of, if it is."""
        return None

    @property
    def cache(self) -> "GridMetric | None":
        """The cache that this metric is computed from, if it is."""
        return None


class PullbackMetric(Metric):
    """The metric that a decoder pulls back from observation space: G = J^T J, J = df/dz.

    Chen et al. 2018, section 2. The decoder is probed when the metric is made (at the first use, if its latent size
    cannot be told): see `latentgeo.decoder.check_decoder` for the errors and the warning.

    Args:
        decoder: Any torch callable (batch, latent) -> (batch, *obs), each point on its own.
        probe: Latent points (points, latent) to check the decoder at; standard normal ones by default.

    Warning:
        The decoder's mode and layers are read here; make a new metric after changing them. Geometry is meant for
        float64: in float32, lengths are good to about five digits, and solvers stop early.
    """

    def __init__(self, decoder: Decoder, *, probe: Tensor | None = None) -> None:
        self.decoder = decoder
        self._layers = plain_layers(decoder)
        probe = probe_points(decoder) if probe is None else probe
        self._checked = probe is not None
        if probe is not None:
            check_decoder(decoder, probe)

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        self._check_first(z)
        J = jacobian(self.decoder, z, self._layers)
        latent = z.shape[1]
        if latent > 4:
            J = J.transpose(0, 1)
            return J @ J.transpose(1, 2)
        rows = [[(J[i] * J[j]).sum(1) if j >= i else None for j in range(latent)] for i in range(latent)]
        full = [rows[min(i, j)][max(i, j)] for i in range(latent) for j in range(latent)]
        return torch.stack([entry for entry in full if entry is not None], dim=1).view(-1, latent, latent)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """|J v|^2 by one forward-mode pass; no Jacobian is formed."""
        return self.displacement(z, v).square().sum(1)

    def displacement(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch obs"]:
        """J v, the velocity in observation space, flattened."""
        self._check_first(z)
        return displacement(self.decoder, z, v, self._layers)

    def _check_first(self, z: Tensor) -> None:
        if self._checked:
            return
        generator = torch.Generator().manual_seed(0)
        points = torch.cat([z.detach()[:4], z.detach()[:1].expand(4, -1)])
        noise = torch.randn(points.shape, generator=generator, dtype=torch.float64).to(z)
        check_decoder(self.decoder, points + noise * torch.finfo(z.dtype).eps ** 0.25)
        self._checked = True


class FunctionMetric(Metric):
    """A metric from a function z (batch, latent) -> G (batch, latent, latent), e.g. a closed form.

    Args:
        function: Differentiable in z if a gradient solver is to be used.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self.function = function

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        G = self.function(z)
        if G.shape != (*z.shape, z.shape[1]):
            raise ValueError(
                f"the metric function must map (batch, latent) to (batch, latent, latent); "
                f"got {tuple(G.shape)} from {tuple(z.shape)}"
            )
        return G


def magnification_factor(G: Float[Tensor, "*batch latent latent"]) -> Float[Tensor, "*batch"]:
    """Volume change of the decoder at each latent point, sqrt(det G).

    Bishop et al. 1997; Chen et al. 2018, section 2. Computed as exp(slogdet / 2), so that many latent dimensions do
    not overflow early.

    Args:
        G: Metric tensor, symmetric positive semi-definite; squared observation units per squared latent unit.

    Returns:
        Non-negative factor; 0 where the decoder is flat in some direction.

    Raises:
        ValueError: G is not square; the message gives its shape.
    """
    if G.ndim < 2 or G.shape[-1] != G.shape[-2]:
        raise ValueError(f"G must be square, (*batch, latent, latent); got {tuple(G.shape)}")
    sign, logdet = torch.linalg.slogdet(G)
    return torch.where(sign > 0, torch.exp(logdet / 2), torch.zeros_like(logdet))
