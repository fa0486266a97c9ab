"""What a locally adaptive normal distribution is, once found."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.log_magnification import log_magnification_factor
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units
from latentgeo.geometry.solution import Outcome

__all__ = ["LocallyAdaptiveNormal", "LogDensity"]


@dataclass(frozen=True, repr=False)
class LogDensity:
    """The logarithm of a locally adaptive normal's density: call it with points (points, latent).

    By default with respect to the metric's volume. `latent=True` gives that in latent units, which contains the
    magnification factor and integrates to one over the latent space.

    Attributes:
        metric: The metric.
        units: Those in which logarithms are found.
        logarithms: At the mean.
        precision: Of the logarithms.
        log_normaliser: Logarithm of the integral.
    """

    metric: Metric
    units: Units
    logarithms: Callable[[Tensor], Tensor]
    precision: Tensor
    log_normaliser: Tensor

    def __repr__(self) -> str:
        return f"LogDensity({self.metric!r})"

    @in_double
    @torch.no_grad()
    def __call__(self, z: Float[Tensor, "points latent"], *, latent: bool = False) -> Float[Tensor, "points"]:
        z = z.detach().to(self.precision.device)
        logarithms = self.logarithms(self.units.new(z).contiguous())
        found = -torch.einsum("ni,ij,nj->n", logarithms, self.precision, logarithms) / 2 - self.log_normaliser
        return found + log_magnification_factor(self.metric, z) if latent else found


@dataclass(frozen=True, repr=False)
class LocallyAdaptiveNormal(Described):
    """A normal law on a latent space.

    Attributes:
        mean: (latent,).
        covariance: (latent, latent), Sigma, of the tangent space at the mean, in latent coordinates there.
        log_normaliser: log C, C in observation units to the power of the dimension.
        normaliser_error: By how much log C changes if the quadrature is made half as fine. By fields, also
            if logarithms were those of geodesics, told at 64 points that the law draws; in other than two dimensions,
            also if what of the law a shorter geodesic leads to were left out.
        log_likelihood: The weighted mean of the points' log density with respect to volume.
        residual: Norm of the derivative of the log likelihood in the mean, in standard deviations.
        outcome: `CONVERGED`: the residual is below the tolerance, the second moments are the data's, and all geodesics
            to the points converged. `UNCERTIFIED`: so it is on a cache of the metric, or some of these did not.
            `BOUNDED`: so it is, and a curve is held by the wall around the bounds of the cache. `MAX_ITERATIONS`:
            anything else.
        iterations: Steps of the mean.
        log_density: Call it with points; see `LogDensity`.
    """

    mean: Tensor
    covariance: Tensor
    log_normaliser: Tensor
    normaliser_error: Tensor
    log_likelihood: Tensor
    residual: Tensor
    outcome: Outcome
    iterations: int
    log_density: LogDensity
