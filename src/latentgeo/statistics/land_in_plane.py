"""The locally adaptive normal distribution in two latent dimensions, on a cache of the metric."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.face import in_double
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units
from latentgeo.geometry.periods import wrap
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import tell
from latentgeo.statistics.fields import Fields, in_even_units, newton_step, ring, slope_and_bend
from latentgeo.statistics.land_record import LocallyAdaptiveNormal, LogDensity
from latentgeo.statistics.laws import ByFields, ByGeodesics, Laws
from latentgeo.statistics.lloyd import by_fields
from latentgeo.statistics.moments import Fitted

__all__ = ["Climb", "fields_around", "most_likely_in_plane", "recorded"]

# of a standard deviation: the radius of the rings, and the longest step
_RADIUS, _LONGEST = 0.2, 1.0
# of that radius: where so much smaller ones are no help, none is
_LEAST_TRUST = 0.05
# points that the first mean is chosen from; of the longer side of the points' box: how much wider the cache is
_SAMPLE, _MARGIN = 32, 0.5


@in_double
def most_likely_in_plane(
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
    """The law, by fields or from where these end by geodesics; arguments as `locally_adaptive_normal` has them."""
    fields, units = fields_around(metric, z, grid, size)
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
    error = abs(law.log_normaliser - half.log_normaliser) + climb.fit.off(climb.mean, law)
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
        normaliser_error=like(error),
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
