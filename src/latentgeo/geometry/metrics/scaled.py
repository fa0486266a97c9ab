"""A metric times a positive factor of the latent point: a conformal change, which keeps angles and moves distances.

It makes places dear, e.g. those where no data is (`RBFPrecision`), so that geodesics go round them.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_points
from latentgeo.geometry.chunks import MOST_POINTS, in_parts
from latentgeo.geometry.described import name_of
from latentgeo.geometry.metrics.jet import Jet
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import check_periodic
from latentgeo.geometry.routes.trusted import Trusted

__all__ = ["ScaledMetric"]


class ScaledMetric(Metric):
    """G'(z) = factor(z) G(z); lengths grow with the square root of the factor.

    A cache serves the metric that this one is built on; the factor stays exact, and its derivatives are taken at every
    Newton step. Where that is dear, give the solver a `GridMetric` of the scaled metric itself.

    Args:
        metric: The metric to scale.
        factor: Any torch callable (batch, latent) -> (batch,), each point on its own, positive, defined in the whole
            latent space. Newton's method needs it differentiable twice, and converges poorly unless its second
            derivative is continuous. It has the periods of the metric. One that knows its own derivatives says them by
            `jet(z)`, a `Jet` of one entry or None, as `RBFPrecision` does.

    Raises:
        ValueError: The factor says that its periods are others than the metric's. When used, if the factor has another
            shape or dtype, is zero or negative somewhere, or is not the same one period on.
    """

    def __init__(self, metric: Metric, factor: Callable[[Tensor], Tensor]) -> None:
        self.metric = metric
        self.factor = factor
        self._trusted = Trusted(factor, "the factor")
        periods = getattr(factor, "periods", metric.periods)
        if metric.periods not in (None, periods):
            raise ValueError(
                f"the factor must have the metric's periods, {metric.periods}; {type(factor).__name__} has {periods}; "
                "make it with periods=metric.periods"
            )
        self._unchecked = metric.periods is not None

    def __repr__(self) -> str:
        return f"ScaledMetric({self.metric!r}, {name_of(self.factor)})"

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        return self._factor(z)[:, None, None] * self.metric(z)

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        return self._factor(z) * self.metric.squared_speed(z, v)

    def over(self, base: Metric) -> "ScaledMetric":
        return ScaledMetric(base, self.factor)

    @torch.no_grad()
    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """By the product rule, from the jet of the metric and that of the factor."""
        inner, outer = self.metric.jet(z), self._factor_jet(z)
        g, (gx, gy), (gxx, gxy, gyy) = inner.value, inner.first, inner.second
        s, (sx, sy), (sxx, sxy, syy) = outer.value, outer.first, outer.second
        return Jet(
            s * g,
            (s * gx + sx * g, s * gy + sy * g),
            (
                s * gxx + 2 * sx * gx + sxx * g,
                s * gxy + sx * gy + sy * gx + sxy * g,
                s * gyy + 2 * sy * gy + syy * g,
            ),
        )

    @torch.no_grad()
    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        return in_parts(self._factor, MOST_POINTS, lattice.nodes())[:, None] * self.metric.on_lattice(lattice)

    @property
    def base(self) -> Metric:
        """The metric inside: a pointwise function of it and of the point, of which only the metric needs a cache."""
        return self.metric

    def _factor(self, z: Tensor) -> Tensor:
        check_points("z", z)
        if self._unchecked and len(z):
            check_periodic("the factor", self.factor, z, self.periods)
            self._unchecked = False
        factor = self._trusted(z)
        if not isinstance(factor, Tensor) or factor.dtype != z.dtype:
            found = factor.dtype if isinstance(factor, Tensor) else type(factor).__name__
            raise ValueError(f"the factor must be a tensor of the points' dtype, {z.dtype}; got {found}")
        if factor.shape != z.shape[:1]:
            raise ValueError(
                f"the factor must map (batch, latent) to (batch,); got {tuple(factor.shape)} from {tuple(z.shape)}"
            )
        # NaN passes, so that a solver can turn back
        low = factor.detach().amin() if len(factor) else 1
        if bool(low <= 0):
            raise ValueError(f"the factor must be positive everywhere; its least value is {float(low)}")
        return factor

    def _factor_jet(self, z: Tensor) -> Jet:
        """The factor's jet, of one entry: (batch, 1)."""
        own = getattr(self.factor, "jet", None)
        told = own(z) if callable(own) else None
        return told if isinstance(told, Jet) else self._differentiated(z)

    @torch.enable_grad()
    def _differentiated(self, z: Tensor) -> Jet:
        """By automatic differentiation. In reverse mode: several times cheaper for one output."""
        z = z.detach().requires_grad_()
        factor = self._factor(z)
        slope = _gradient(factor, z)
        (xx, xy), (_, yy) = (_gradient(slope[:, axis], z).detach().split(1, dim=1) for axis in range(2))
        x, y = slope.detach().split(1, dim=1)
        return Jet(factor.detach().unsqueeze(1), (x, y), (xx, xy, yy))


def _gradient(value: Tensor, z: Tensor) -> Tensor:
    """Of each point's value; zero where it does not depend on the point."""
    if not value.requires_grad:
        return torch.zeros_like(z)
    return torch.autograd.grad(value.sum(), z, create_graph=True, materialize_grads=True)[0]
