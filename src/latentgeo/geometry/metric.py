"""Riemannian metrics of a latent space: an object with two verbs, `metric(z)` and `metric.squared_speed(z, v)`.

Solvers see only these two, so that every solver works with every metric. Computations follow the dtype of z; geometry
is meant for float64, in which the decoder has to be too (`decoder.double()`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.decoder import Decoder, check_decoder, check_precision, decode, probe_points
from latentgeo.errors import DecoderError
from latentgeo.geometry.chunks import Widest, in_parts, rows_at_once
from latentgeo.geometry.jacobian import displacement, jacobian, plain_layers
from latentgeo.geometry.jet import Jet, carry, entries
from latentgeo.geometry.points import check_points, check_vectors

if TYPE_CHECKING:
    from latentgeo.geometry.grid import GridMetric

__all__ = ["MOST_POINTS", "FunctionMetric", "Metric", "PullbackMetric", "magnification_factor"]

MOST_POINTS = 16384
# numbers in the widest layer, of all points and of one tangent; a GPU needs many to be busy
_NUMBERS_AT_ONCE = 1 << 20
_NUMBERS_ON_DEVICE = 1 << 26


class Metric(ABC):
    """A Riemannian metric: a symmetric positive semi-definite matrix at every latent point."""

    @abstractmethod
    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        """The metric tensor G at each point, in squared observation units per squared latent unit."""

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """v^T G(z) v, the squared speed of a point z that moves with velocity v."""
        check_vectors("z", z, "v", v)
        return torch.einsum("bi,bij,bj->b", v, self(z), v)

    def substitute(self, metric: "Metric", replacement: "Metric") -> "Metric":
        """This metric with one that it is built on exchanged, e.g. for its cache; itself if it is not built on it."""
        if self is metric:
            return replacement
        if self.base is None:
            return self
        inner = self.base.substitute(metric, replacement)
        return self if inner is self.base else self.over(inner)

    def over(self, base: "Metric") -> "Metric":
        """The same function of another metric; for metrics that have a `base`."""
        raise NotImplementedError(f"{type(self).__name__} has no base metric")

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """G with its first and second derivatives at each point of a 2-D latent space; dear unless it is cached."""
        check_points("z", z, 2)
        unit = torch.eye(2, dtype=z.dtype, device=z.device)
        zero = torch.zeros_like(z)
        position = Jet(z.contiguous(), (unit[:1].expand_as(z), unit[1:].expand_as(z)), (zero, zero, zero))
        return carry(lambda points: entries(self(points)), position)

    @property
    def base(self) -> "Metric | None":
        """The metric that this one is a pointwise function of, if it is."""
        return None

    @property
    def root(self) -> "Metric":
        """The metric that this one is built on in the end; itself if it is built on none."""
        return self if self.base is None else self.base.root

    @property
    def cache(self) -> "GridMetric | None":
        """The cache that this metric is computed from, if it is."""
        return None if self.base is None else self.base.cache

    @property
    def piecewise_linear(self) -> bool:
        """Whether it comes from a decoder whose second derivative is zero: then the metric's own derivative is."""
        return self.base is not None and self.base.piecewise_linear

    @property
    def points_at_once(self) -> int:
        """Latent points to evaluate together where no gradient is kept: few enough for the memory and its caches."""
        return MOST_POINTS if self.base is None else self.base.points_at_once


class PullbackMetric(Metric):
    """The metric that a decoder pulls back from observation space: G = J^T J, J = df/dz.

    Chen et al. 2018, section 2. The decoder is probed when the metric is made (at the first use, if its latent size
    cannot be told): see `latentgeo.decoder.check_decoder` for the errors and the warning.

    Args:
        decoder: Any torch callable (batch, latent) -> (batch, *obs), each point on its own.
        precision: What the decoder is evaluated in, where that is not the dtype of the latent points: with float32
            everything else stays float64, for about half the time; lengths then are good to some six digits.
        probe: Latent points (points, latent) to check the decoder at; standard normal ones by default.

    Both verbs push a bounded number of points through the decoder at a time, unless a gradient is to be kept: beside
    their result, any batch takes the same memory, a quarter of what is free at most.

    Warning:
        The decoder's mode and layers are read here; make a new metric after changing them. Geometry is meant for
        float64: in float32, lengths are good to about five digits, and solvers stop early. Half precision is refused.
        With gradients on and a decoder whose weights require them, the graph is kept, and memory grows with the
        batch: `torch.no_grad()` or `decoder.requires_grad_(False)`.

    Raises:
        DecoderError: See `latentgeo.decoder.check_decoder`; when used, latent points of another dtype than the decoder,
            or of half precision.
    """

    def __init__(self, decoder: Decoder, *, precision: torch.dtype | None = None, probe: Tensor | None = None) -> None:
        if precision not in (None, torch.float32, torch.float64):
            raise DecoderError(f"the decoder's precision must be torch.float32 or torch.float64; got {precision}")
        if probe is not None and (probe.ndim != 2 or not len(probe)):
            raise DecoderError(f"the decoder's probe must be (points, latent), at least one; got {tuple(probe.shape)}")
        self.decoder = decoder
        self._precision = precision
        self._piecewise_linear = False
        self._layers = plain_layers(decoder)
        probe = probe_points(decoder) if probe is None else probe
        self._checked = probe is not None
        # unknown, and so supposed to be wide, until the decoder was asked
        self._width = 1024
        self._numbers = _NUMBERS_AT_ONCE
        if probe is not None:
            # torch pushes no tangent through points that share their memory
            self._check(probe.contiguous())

    @property
    def piecewise_linear(self) -> bool:
        return self._piecewise_linear

    @property
    def precision(self) -> torch.dtype | None:
        """What the decoder is evaluated in; None for the dtype of the latent points."""
        return self._precision

    @property
    def points_at_once(self) -> int:
        return max(64, min(MOST_POINTS, self._numbers // self._width))

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        (points,) = self._prepared(z)
        if not len(z):
            return z.new_zeros(0, z.shape[1], z.shape[1])
        return in_parts(self._tensor, self._at_once(z.shape[1], points), points).to(z)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        """|J v|^2 by one forward-mode pass; no Jacobian is formed."""
        points, steps = self._prepared(z, v)
        if not len(z):
            return z.new_zeros(0)
        speed = in_parts(
            lambda z, v: self._displacement(z, v).square().sum(1), self._at_once(1, points, steps), points, steps
        )
        return speed.to(z)

    def displacement(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch obs"]:
        """J v, the velocity in observation space, flattened."""
        points, steps = self._prepared(z, v)
        return in_parts(self._displacement, self._at_once(1, points, steps), points, steps).to(z)

    def jacobian(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "latent batch obs"]:
        """J, the latent axis first; differentiable, all points at once."""
        return jacobian(self.decoder, self._prepared(z)[0], self._layers).to(z)

    def _tensor(self, z: Tensor) -> Tensor:
        J = jacobian(self.decoder, z, self._layers)
        latent = z.shape[1]
        if latent > 4:
            J = J.transpose(0, 1)
            return J @ J.transpose(1, 2)
        rows = [[(J[i] * J[j]).sum(1) if j >= i else None for j in range(latent)] for i in range(latent)]
        full = [rows[min(i, j)][max(i, j)] for i in range(latent) for j in range(latent)]
        return torch.stack([entry for entry in full if entry is not None], dim=1).view(-1, latent, latent)

    def _displacement(self, z: Tensor, v: Tensor) -> Tensor:
        return displacement(self.decoder, z, v, self._layers)

    def _at_once(self, tangents: int, *points: Tensor) -> int:
        """Points to push through the decoder together; all of them where their gradient is kept."""
        count = len(points[0])
        if torch.is_grad_enabled() and (self._weights_require_grad() or any(p.requires_grad for p in points)):
            return count
        return max(1, rows_at_once(self._width, count * (1 + tangents), points[0]) // (1 + tangents))

    def _weights_require_grad(self) -> bool:
        return isinstance(self.decoder, nn.Module) and any(p.requires_grad for p in self.decoder.parameters())

    def _prepared(self, *points: Tensor) -> list[Tensor]:
        """Latent points in the decoder's precision, which is checked at the first use."""
        check_precision(points[0])
        check_points("z", points[0])
        if len(points) > 1:
            check_vectors("z", points[0], "v", points[1])
        inner = [p if self._precision is None else p.to(self._precision) for p in points]
        self._check_first(inner[0])
        return inner

    def _check_first(self, z: Tensor) -> None:
        weight = next((layer.weight for layer in self._layers or () if isinstance(layer, nn.Linear)), z)
        if weight.shape[1] != z.shape[1]:
            raise DecoderError(
                f"the decoder takes {weight.shape[1]} latent dimensions; z must be (batch, {weight.shape[1]}); "
                f"got {tuple(z.shape)}"
            )
        if weight.dtype != z.dtype:
            raise DecoderError(
                f"the decoder is {weight.dtype}, the latent points are {z.dtype}; they must share a dtype "
                "(geometry: decoder.double() and z.double(), or PullbackMetric(decoder, precision=torch.float32))"
            )
        if self._checked or not len(z):
            return
        generator = torch.Generator().manual_seed(0)
        points = torch.cat([z.detach()[:4], z.detach()[:1].expand(4, -1)])
        noise = torch.randn(points.shape, generator=generator, dtype=torch.float64).to(z)
        self._check(points + noise * torch.finfo(z.dtype).eps ** 0.25)
        self._checked = True

    @torch.no_grad()
    def _check(self, z: Tensor) -> None:
        probed = check_decoder(self.decoder, z)
        self._piecewise_linear = probed.piecewise_linear
        with Widest(len(z)) as widest:
            decode(self.decoder, z)
        self._width = max(probed.width, widest.width)
        self._numbers = _NUMBERS_AT_ONCE if z.device.type == "cpu" else _NUMBERS_ON_DEVICE


class FunctionMetric(Metric):
    """A metric from a function z (batch, latent) -> G (batch, latent, latent), e.g. a closed form.

    Args:
        function: Differentiable in z if a gradient solver is to be used.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        self.function = function

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        check_points("z", z)
        G = self.function(z)
        if not isinstance(G, Tensor) or G.dtype != z.dtype:
            found = G.dtype if isinstance(G, Tensor) else type(G).__name__
            raise ValueError(f"the metric function must return a tensor of the points' dtype, {z.dtype}; got {found}")
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
    if G.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"G must be float64 or float32; got {G.dtype}")
    sign, logdet = torch.linalg.slogdet(G)
    return torch.where(sign > 0, torch.exp(logdet / 2), torch.zeros_like(logdet))
