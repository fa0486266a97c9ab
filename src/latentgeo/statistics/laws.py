"""The most likely normal laws around given means: two ways to find logarithms, and to integrate.

By distance fields: the logarithm of every point, and of every node of the mesh, is the derivative of half the squared
distance in the mean, told by a ring of sources, and as long as the distance. By geodesics: logarithms are solved for,
and the integral is one in the tangent space.
"""

import math
from collections import Counter
from collections.abc import Callable
from copy import copy
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.metric import magnification_factor
from latentgeo.geometry.periods import nearest_image
from latentgeo.geometry.solution import Outcome
from latentgeo.statistics.fields import Fields, ring, slopes
from latentgeo.statistics.moments import Fitted, fitted, second_moments
from latentgeo.statistics.polar import disc
from latentgeo.statistics.rays import Caster, Rays, divided

__all__ = ["ByFields", "ByGeodesics", "Laws"]

# of a standard deviation: the radius of the rings that tell logarithms
_RADIUS = 0.2
# nodes at which logarithms by fields are held against those of geodesics
_CHECKED = 64
# times the field's distance: a geodesic that long is another one
_LONGER = 1.01
# standard deviations that the quadrature in the tangent space reaches, geodesics from a point, and steps along each
_REACH, _ANGLES, _STEPS = 6.0, 64, 72

Logarithms = Callable[[Tensor], Tensor]
"""Points (points, 2) to their logarithms (points, 2)."""


@runtime_checkable
class Laws(Protocol):
    """Finds laws.

    Attributes:
        frame: (2, 2), tangent vectors as columns, about as long as standard deviations: the unit of precisions.
    """

    frame: Tensor

    @property
    def held(self) -> bool:
        """Whether a geodesic is held by the wall around the cache."""
        ...

    def laws(self, means: Float[Tensor, "means 2"], *, half: bool = False) -> list[Fitted]:
        """The most likely law for each mean, in units of the frame; with a quadrature that is half as fine."""
        ...

    def off(self, mean: Float[Tensor, "2"], law: Fitted) -> float:
        """By about how much log C is off because logarithms are."""
        ...

    def move(self, mean: Float[Tensor, "2"], law: Fitted) -> None:
        """Told where the mean is now, and a law nearby."""
        ...

    def logarithms(self, mean: Float[Tensor, "2"]) -> Logarithms:
        """Those at the mean of any points within the cache."""
        ...


class ByFields:
    """By distance fields.

    Args:
        fields: To the points.
        weights: Of the points; they add up to one.
        mean: A first mean.
    """

    def __init__(self, fields: Fields, weights: Tensor, mean: Float[Tensor, "2"]) -> None:
        self.fields, self.weights = fields, weights
        z = fields.points
        self.frame = _width(fields, weights, mean)
        self.nodes = fields.mesh.nodes.flatten(0, 1)
        self.everything = fields.among(torch.cat([z, self.nodes]))
        self.volume = magnification_factor(fields.metric, self.nodes) * _areas(fields).flatten()

    def reweighted(self, weights: Tensor, mean: Float[Tensor, "2"]) -> "ByFields":
        """The same for other weights, around another mean."""
        other = copy(self)
        other.weights, other.frame = weights, _width(self.fields, weights, mean)
        return other

    @property
    def held(self) -> bool:
        return False

    def laws(self, means: Float[Tensor, "means 2"], *, half: bool = False) -> list[Fitted]:
        count, found = len(self.weights), []
        volume = self.volume
        if half:
            # every other node stands for four
            every = torch.zeros(self.fields.mesh.nodes.shape[:2], dtype=torch.bool)
            every[::2, ::2] = True
            volume = torch.where(every.flatten(), 4 * volume, 0.0)
        for logarithms in self._at(self.everything, means):
            moments = second_moments(logarithms[:count], self.weights)
            found.append(fitted(logarithms[count:], volume, moments))
        return found

    def off(self, mean: Float[Tensor, "2"], law: Fitted) -> float:
        """Told by geodesics to nodes that the law draws: what its integral would be, with the draw's own error.

        A geodesic that is a per cent longer than the field's distance is not the shortest, and tells nothing.
        """
        seen = self._at(self.fields.among(self.nodes), mean[None])[0]
        drop = _drop(seen, law)
        share = (self.volume.log() - drop).softmax(0).cumsum(0)
        drawn = torch.searchsorted(share, (torch.arange(_CHECKED) + 0.5).to(share) / _CHECKED).clamp(max=len(share) - 1)
        caster = Caster(self.fields.metric, self.fields.points, None, cache_of(self.fields.metric))
        rays = caster.cast(mean, self.nodes[drawn])
        true = _logarithms(caster, rays) @ torch.linalg.inv(self.frame).T
        field = self.fields.among(self.nodes[drawn]).squared(mean[None])[0].sqrt()
        tells = rays.length <= _LONGER * field
        if int(tells.sum()) < 2:
            return math.inf
        ratio = (drop[drawn] - _drop(true, law)).exp()[tells]
        return float(ratio.mean().log().abs() + ratio.std() / math.sqrt(len(ratio)))

    def move(self, mean: Float[Tensor, "2"], law: Fitted) -> None:
        """Nothing is kept of a mean."""

    def logarithms(self, mean: Float[Tensor, "2"]) -> Logarithms:
        return lambda z: self._at(self.fields.among(z), mean[None])[0] @ self.frame.T

    def vectors(self, mean: Float[Tensor, "2"]) -> Float[Tensor, "points 2"]:
        """Logarithms of the points at the mean, in units of the frame."""
        return self._at(self.fields, mean[None])[0]

    def _at(self, fields: Fields, means: Tensor) -> Float[Tensor, "means points 2"]:
        """Logarithms in units of the frame."""
        vectors = self.frame.expand(len(means), -1, -1)
        sources, radius = ring(means, vectors, means.new_full((len(means),), _RADIUS), fields.box)
        squared = fields.squared(sources.flatten(0, 1)).view(*sources.shape[:2], -1)
        # where the metric is rough, that at the mean says nothing of its surroundings
        G = fields.metric(sources.flatten(0, 1)).view(*sources.shape[:2], 2, 2).mean(1)
        G = vectors.mT @ G @ vectors
        found = -(torch.linalg.pinv(G, hermitian=True) @ slopes(squared / 2, radius)).mT
        size = safe_sqrt(torch.einsum("kni,kij,knj->kn", found, G, found))
        return found * torch.where(size > 0, squared[:, 0].sqrt() / size, 0.0)[:, :, None]


class ByGeodesics:
    """By geodesics.

    Args:
        fields: To the points.
        weights: Of the points; they add up to one.
        mean: A first mean.
    """

    def __init__(self, fields: Fields, weights: Tensor, mean: Float[Tensor, "2"]) -> None:
        self.fields, self.weights, self.z = fields, weights, fields.points
        self.caster = Caster(fields.metric, self.z, None, cache_of(fields.metric))
        self.rays = self.caster.cast(mean, self.z)
        self.frame = torch.linalg.cholesky(second_moments(_logarithms(self.caster, self.rays), weights))

    @property
    def held(self) -> bool:
        return Counter(self.rays.outcome)[Outcome.BOUNDED] > 0

    def laws(self, means: Float[Tensor, "means 2"], *, half: bool = False) -> list[Fitted]:
        fine = 2 if half else 1
        vectors = self.frame.expand(len(means), -1, -1)
        nodes = disc(self.fields, means, vectors, _REACH, _ANGLES // fine, _STEPS // fine)
        inverse, found = torch.linalg.inv(self.frame), []
        for mean, volume in zip(means, nodes.volume, strict=True):
            logarithms = _logarithms(self.caster, self.caster.cast(mean, self.z, self.rays)) @ inverse.T
            found.append(fitted(nodes.vectors, volume, second_moments(logarithms, self.weights)))
        return found

    def off(self, mean: Float[Tensor, "2"], law: Fitted) -> float:
        return 0.0

    def move(self, mean: Float[Tensor, "2"], law: Fitted) -> None:
        self.rays = self.caster.cast(mean, self.z, self.rays)
        covariance = self.frame @ torch.linalg.inv(law.precision) @ self.frame.T
        self.frame = torch.linalg.cholesky((covariance + covariance.T) / 2)

    def logarithms(self, mean: Float[Tensor, "2"]) -> Logarithms:
        return lambda z: _logarithms(self.caster, self.caster.cast(mean, z))


def _drop(vectors: Float[Tensor, "points 2"], law: Fitted) -> Float[Tensor, "points"]:
    """By how much the logarithm of the density is lower than at the mean."""
    return torch.einsum("ni,ij,nj->n", vectors, law.precision, vectors) / 2


def _width(fields: Fields, weights: Tensor, mean: Float[Tensor, "2"]) -> Float[Tensor, "2 2"]:
    """The points' standard deviations about a mean, in latent units."""
    centred = nearest_image(mean.expand_as(fields.points), fields.points, fields.metric.periods) - mean
    return torch.linalg.cholesky(second_moments(centred, weights))


def _logarithms(caster: Caster, rays: Rays) -> Tensor:
    return -divided(rays.slope, caster.tensor(rays.point))


def _areas(fields: Fields) -> Float[Tensor, "x y"]:
    """Latent area that each node of the mesh stands for; half and a quarter at the border."""
    sides = []
    for axis, count in enumerate(fields.mesh.nodes.shape[:2]):
        side = torch.full((count,), float(fields.mesh.step[axis]), dtype=torch.float64)
        if math.isfinite(float(fields.box[axis, 0])):
            side[0] = side[-1] = side[0] / 2
        sides.append(side)
    return torch.outer(*sides)
