"""Riemannian metrics of a latent space: an object with two verbs, `metric(z)` and `metric.squared_speed(z, v)`.

Solvers see only these two, and what a metric offers beside them (`jet`, `chords`), never its class: every solver works
with every metric. Computations follow the dtype of z; geometry
is meant for float64, in which the decoder has to be too (`decoder.double()`).
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points, check_vectors
from latentgeo.geometry.chunks import MOST_POINTS, in_parts
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.chords import Chords
from latentgeo.geometry.metrics.jet import Jet, carry, entries
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.periods import Periods

__all__ = ["Metric", "magnification_factor"]


class Metric(ABC):
    """A Riemannian metric: a symmetric positive semi-definite matrix at every latent point."""

    def __init_subclass__(cls, **settings: Any) -> None:
        """The verbs of every metric take arrays, see `latentgeo.geometry.face`."""
        super().__init_subclass__(**settings)
        for verb in ("__call__", "squared_speed", "jet"):
            if verb in vars(cls):
                setattr(cls, verb, takes_arrays(vars(cls)[verb]))

    @abstractmethod
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """The metric tensor G at each point, in squared observation units per squared latent unit."""

    @takes_arrays
    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """v^T G(z) v, the squared speed of a point z that moves with velocity v."""
        check_vectors("z", z, "v", v)
        return torch.einsum("bi,bij,bj->b", v, self(z), v)

    def over(self, base: "Metric") -> "Metric":
        """The same function of another metric.

        Raises:
            NotImplementedError: It has no `base`, or has one and does not say how it is made of another.
        """
        name = type(self).__name__
        if self.base is None:
            raise NotImplementedError(f"{name} has no base metric that could be exchanged")
        raise NotImplementedError(
            f"{name} has a base metric: expected over(base), the same function of another; define it"
        )

    @takes_arrays
    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """G with its first and second derivatives at each point of a 2-D latent space; dear unless it is cached."""
        check_points("z", z, 2)
        unit = torch.eye(2, dtype=z.dtype, device=z.device)
        zero = torch.zeros_like(z)
        position = Jet(z.contiguous(), (unit[:1].expand_as(z), unit[1:].expand_as(z)), (zero, zero, zero))
        return carry(lambda points: entries(self(points)), position)

    @torch.no_grad()
    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """G_xx, G_xy and G_yy at all nodes of a regular lattice, roughly where that is cheaper, for a cache."""
        return entries(in_parts(self, self.points_at_once, lattice.nodes()))

    def chords(self) -> Chords | None:
        """The map that it is pulled back by, for solvers that measure steps by chords; None where there is none."""
        return None

    @property
    def base(self) -> "Metric | None":
        """The metric that this one is a pointwise function of, if it is."""
        return None

    @property
    def periods(self) -> Periods | None:
        """The period of each latent coordinate, None for one without; None where no coordinate has one."""
        return None if self.base is None else self.base.periods

    @property
    def dtype(self) -> torch.dtype | None:
        """What a decoder that it comes from is evaluated in; None where there is none, or it is not known."""
        return None if self.base is None else self.base.dtype

    @property
    def piecewise_linear(self) -> bool:
        """Whether it comes from a decoder whose second derivative is zero: then the metric's own derivative is."""
        return self.base is not None and self.base.piecewise_linear

    @property
    def points_at_once(self) -> int:
        """Latent points to evaluate together where no gradient is kept; see `latentgeo.geometry.chunks`."""
        return MOST_POINTS if self.base is None else self.base.points_at_once


@takes_arrays
def magnification_factor(
    G: Metric | Float[Tensor, "*batch latent latent"], z: Float[Tensor, "batch latent"] | None = None
) -> Float[Tensor, "*batch"]:
    """Volume change of the decoder at each latent point, sqrt(det G).

    Bishop et al. 1997; Chen et al. 2018, section 2. Computed as exp(slogdet / 2), so that many latent dimensions do
    not overflow early.

    Args:
        G: Metric tensor, symmetric positive semi-definite; squared observation units per squared latent unit. Or a
            metric, with the points z to evaluate it at.
        z: Latent points, for a metric.

    Returns:
        Non-negative factor; 0 where the decoder is flat in some direction.

    Raises:
        ValueError: G is not square, or is a metric without points or a tensor with them.
    """
    if isinstance(G, Metric):
        if z is None:
            raise ValueError("magnification_factor of a metric wants points: magnification_factor(metric, z)")
        G = G(z)
    elif z is not None:
        raise ValueError("magnification_factor wants a metric and points, or a metric tensor alone; got a tensor and z")
    if G.ndim < 2 or G.shape[-1] != G.shape[-2]:
        raise ValueError(f"G must be square, (*batch, latent, latent); got {tuple(G.shape)}")
    if G.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"G must be float64 or float32; got {G.dtype}")
    sign, logdet = torch.linalg.slogdet(G)
    return torch.where(sign > 0, torch.exp(logdet / 2), torch.zeros_like(logdet))
