"""The locally adaptive normal distribution: a normal law whose contours follow the metric."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.log_magnification import log_magnification_factor
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import shows_progress, tell
from latentgeo.statistics.fields import Fields, in_even_units, newton_step, ring, slope_and_bend
from latentgeo.statistics.laws import ByFields, ByGeodesics, Laws, Logarithms, second_moments
from latentgeo.statistics.lloyd import by_fields
from latentgeo.statistics.moments import Fitted
from latentgeo.statistics.rays import check_weighted

__all__ = [
    "Climb",
    "LocallyAdaptiveNormal",
    "LogDensity",
    "fields_around",
    "locally_adaptive_normal",
    "recorded",
    "spread_out",
]

# of a standard deviation: the radius of the rings, and the longest step
_RADIUS, _LONGEST = 0.2, 1.0
# of that radius: where so much smaller ones are no help, none is
_LEAST_TRUST = 0.05
# points that the first mean is chosen from; of the longer side of the points' box: how much wider the cache is
_SAMPLE, _MARGIN = 32, 0.5


@dataclass(frozen=True, repr=False)
class LogDensity:
    """The logarithm of a locally adaptive normal's density: call it with points (points, 2).

    By default with respect to the metric's volume. `latent=True` gives that in latent units, which contains the
    magnification factor and integrates to one over the latent plane.

    Attributes:
        metric: The metric.
        units: Those in which logarithms are found.
        logarithms: At the mean.
        precision: Of the logarithms.
        log_normaliser: Logarithm of the integral.
    """

    metric: Metric
    units: Units
    logarithms: Logarithms
    precision: Tensor
    log_normaliser: Tensor

    def __repr__(self) -> str:
        return f"LogDensity({self.metric!r})"

    @in_double
    @torch.no_grad()
    def __call__(self, z: Float[Tensor, "points 2"], *, latent: bool = False) -> Float[Tensor, "points"]:
        logarithms = self.logarithms(self.units.new(z.detach().cpu()).contiguous())
        found = -torch.einsum("ni,ij,nj->n", logarithms, self.precision, logarithms) / 2 - self.log_normaliser
        return found + log_magnification_factor(self.metric, z.detach().cpu()) if latent else found


@dataclass(frozen=True, repr=False)
class LocallyAdaptiveNormal(Described):
    """A normal law on a latent space.

    Attributes:
        mean: (latent,).
        covariance: (latent, latent), Sigma, of the tangent space at the mean, in latent coordinates there.
        log_normaliser: log C, C in squared observation units.
        normaliser_error: By how much log C changes if the quadrature is made half as fine.
        log_likelihood: The weighted mean of the points' log density with respect to volume.
        residual: Norm of the derivative of the log likelihood in the mean, in standard deviations.
        outcome: `UNCERTIFIED`: the residual is below the tolerance and the second moments are the data's, on a cache of
            the metric. `BOUNDED`: so it is, and a curve is held by the wall around the bounds of the cache.
            `MAX_ITERATIONS`: anything else.
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


@shows_progress("normal")
@takes_arrays
@torch.no_grad()
def locally_adaptive_normal(
    metric: Metric,
    z: Float[Tensor, "points 2"],
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    *,
    start: Float[Tensor, "2"] | None = None,
    method: Literal["field", "geodesic"] = "field",
    grid: GridMetric | None = None,
    size: int = 129,
    tolerance: float = 1e-3,
    max_iterations: int = 50,
    throw: bool = False,
    progress: bool = True,
) -> LocallyAdaptiveNormal:
    """The most likely locally adaptive normal distribution of latent points (Arvanitidis, Hansen and Hauberg 2016).

    Its density is exp(-log_mu(z)^T Sigma^-1 log_mu(z) / 2) / C with respect to the metric's volume, log_mu the
    logarithm at the mean: along geodesics it falls as a normal one does. It is a law on the cache's box, over which C
    is an integral.

    For any mean the most likely Sigma is that whose second moments, under the law, are the data's, which is exact here
    where the paper follows a gradient. The mean itself is found by Newton's steps on what then remains, whose
    derivatives are told by a ring of points a fifth of a standard deviation away, or less where none of these is
    better. In flat space all of this is the mean and the covariance of the points, divided by their number.

    Two ways to find logarithms. `field`: the derivative of half the squared distance in the mean, by fields of six
    points around it, and as long as the distance; C is a sum over the mesh. It costs the same for 10 points and for
    10,000; means are known to a per cent or two of a standard deviation, Sigma to some per cent. `geodesic`, from where
    fields end: logarithms are solved for, eight times a step, and C is an integral along 64 geodesics that leave the
    mean, up to where each is the shortest. It is good to a thousandth where the metric is smooth on the scale of the
    law, and fails where it is rough, as that of a trained decoder may be: `normaliser_error` tells.

    Args:
        metric: With two latent dimensions.
        z: The points; float64 is meant. The result is on the CPU.
        weights: Not negative, one for each point; equal ones by default.
        start: A first mean; by default the Frechet mean, by distance fields.
        method: How to find logarithms, and to integrate.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one. The box around the
            points, widened by half of its longer side, is cached otherwise.
        size: Nodes of the fields' mesh along each axis; a standard deviation should be several of its steps.
        tolerance: Greatest residual.
        max_iterations: Steps.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is beyond the cache's box has no density: where the law would reach farther, it is cut off.

    Raises:
        ValueError: Other than two latent dimensions; fewer than three points of positive weight, or all on one
            line; points or weights as `frechet_mean` has it; a start outside the cache's bounds.
        GeodesicError: With `throw`, it did not converge; or there is no law around the mean, as no geodesic leaves it.
    """
    shares = check_weighted(z, weights).detach()
    if z.shape[1] != 2:
        raise ValueError(f"z must be (points, 2): the normaliser is an integral over a surface; got {tuple(z.shape)}")
    if method not in ("field", "geodesic"):
        raise ValueError(f"method must be 'field' or 'geodesic'; got {method!r}")
    found = _found(metric, z.detach().cpu(), shares.cpu(), start, method, grid, size, tolerance, max_iterations)
    if throw and found.outcome is not Outcome.UNCERTIFIED:
        raise GeodesicError(
            f"the normal did not converge: {found.outcome.value}, residual {float(found.residual):.3g} after "
            f"{found.iterations} steps"
        )
    return found


@in_double
def _found(
    metric: Metric,
    z: Tensor,
    weights: Tensor,
    start: Tensor | None,
    method: str,
    grid: GridMetric | None,
    size: int,
    tolerance: float,
    max_iterations: int,
) -> LocallyAdaptiveNormal:
    fields, units = fields_around(metric, z, grid, size)
    if not spread_out(fields.points, weights):
        raise ValueError("z must have three points of positive weight that are not on one line; got fewer")
    mean = _centre(fields, weights) if start is None else _checked(units.new(start.detach().to(z)), fields)
    climb = Climb(fields, ByFields(fields, weights, mean), mean)
    law = climb.on(tolerance, max_iterations)
    if method == "geodesic":
        climb = Climb(fields, ByGeodesics(fields, weights, climb.mean), climb.mean)
        law = climb.on(tolerance, max_iterations)
    return recorded(metric, units, climb, law, tolerance)


def fields_around(
    metric: Metric, z: Float[Tensor, "points 2"], grid: GridMetric | None, size: int
) -> tuple[Fields, Units]:
    """Distance fields over a box that is wider than the points, where no cache is given; and the units they are in."""
    if grid is None and cache_of(metric) is None:
        grid = GridMetric(root_of(metric), bounding_box(z, _MARGIN, metric.periods))
    seen, points, cache, units = in_even_units(metric, z, grid)
    return Fields(seen, points, cache, size), units


def recorded(metric: Metric, units: Units, climb: "Climb", law: Fitted, tolerance: float) -> LocallyAdaptiveNormal:
    """The law that a climb has come to, in the caller's latent units."""
    half = climb.fit.laws(climb.mean[None], half=True)[0]
    inverse = torch.linalg.inv(climb.fit.frame)
    like = climb.mean.new_tensor
    log_normaliser = like(law.log_normaliser)
    precision = inverse.T @ law.precision @ inverse
    covariance = climb.fit.frame @ torch.linalg.inv(law.precision) @ climb.fit.frame.T
    good = law.settled and climb.residual <= tolerance
    point = units.old(climb.mean)
    return LocallyAdaptiveNormal(
        mean=point if metric.periods is None else wrap(point, metric.periods),
        covariance=units.old(units.old((covariance + covariance.T) / 2).T),
        log_normaliser=log_normaliser,
        normaliser_error=like(abs(law.log_normaliser - half.log_normaliser)),
        log_likelihood=like(-law.loss),
        residual=like(climb.residual),
        outcome=Outcome.MAX_ITERATIONS if not good else Outcome.BOUNDED if climb.fit.held else Outcome.UNCERTIFIED,
        iterations=climb.iterations,
        log_density=LogDensity(metric, units, climb.fit.logarithms(climb.mean), precision, log_normaliser),
    )


class Climb:
    """Steps of the mean to where the law is likelier.

    Args:
        fields: Distances on the cache.
        fit: Finds the most likely law for a mean.
        mean: Where to begin.

    Attributes:
        mean: Where it is.
        residual: Norm of the derivative.
        iterations: Steps.
    """

    def __init__(self, fields: Fields, fit: Laws, mean: Tensor) -> None:
        self.fields, self.fit, self.mean = fields, fit, mean
        self.residual, self.iterations = math.inf, 0

    def on(self, tolerance: float, most: int) -> Fitted:
        """The law where the derivative is small, nothing around is better, or there were so many steps."""
        trust = 1.0
        while True:
            width = self.mean.new_tensor([trust * _RADIUS])
            centres, radius = ring(self.mean[None], self.fit.frame[None], width, self.fields.box)
            laws = self.fit.laws(centres[0])
            slope, bend = slope_and_bend(self.mean.new_tensor([[law.loss for law in laws]]), radius)
            if not math.isfinite(laws[0].loss):
                raise GeodesicError(f"there is no normal law around {self.mean.tolist()}: no geodesic leaves it")
            self.residual = float(torch.linalg.vector_norm(slope))
            tell(f"step {self.iterations}, log likelihood {-laws[0].loss:.5g}, residual {self.residual:.2g}")
            if self.residual <= tolerance or self.iterations >= most or trust < _LEAST_TRUST:
                return laws[0]
            self.iterations += 1
            where = list(centres[0])
            if bool(torch.isfinite(bend).all()):
                step = newton_step(slope, bend, self.mean.new_tensor([_LONGEST])) @ self.fit.frame.T
                where.append(self.fields.within(self.mean[None] + step)[0])
                laws += self.fit.laws(where[-1][None])
            best = min(range(len(laws)), key=lambda number: laws[number].loss)
            trust = trust / 2 if best == 0 else min(1.0, 2 * trust)
            self.mean = where[best]
            if best:
                self.fit.move(self.mean, laws[best])


def _centre(fields: Fields, weights: Tensor) -> Tensor:
    """The Frechet mean, roughly, from the best of some points."""
    alive = (weights > 0).nonzero().squeeze(1)
    some = alive[torch.linspace(0, len(alive) - 1, min(_SAMPLE, len(alive))).round().long()]
    best = some[(fields.squared(fields.points[some]) @ weights).argmin()]
    return by_fields(fields.among(fields.points[alive]), fields.points[best][None], 0.05, 10).centres[0]


def _checked(start: Tensor, fields: Fields) -> Tensor:
    if start.shape != (2,) or not bool(((start >= fields.box[:, 0]) & (start <= fields.box[:, 1])).all()):
        raise ValueError(f"start must be one point (2,) within the cache's bounds; got {tuple(start.shape)}")
    return fields.within(start[None])[0]


def spread_out(z: Float[Tensor, "points 2"], weights: Float[Tensor, "points"]) -> bool:
    """Whether there are points of positive weight that are not on one line."""
    values = torch.linalg.eigvalsh(second_moments(z - weights @ z, weights))
    return bool(values[0] > 1e-12 * values[-1])
