"""Geodesics beside a geodesic, of those that may be a principal one, and the points on them that are nearest to others.

A family has parameters, zero at the geodesic itself, none of which only changes its time: a step cannot be lost in one
that changes nothing.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.statistics.dragged import dragged
from latentgeo.statistics.levenberg import DIFFERENCE
from latentgeo.statistics.rays import Caster, Rays

__all__ = ["Anywhere", "Crossing", "Family", "Fit", "Found", "Through", "complement", "follow"]

# of the greatest eigenvalue: directions in which the value does not change
_FLAT = 1e-9


@runtime_checkable
class Family(Protocol):
    """Geodesics beside one.

    Attributes:
        point: (latent,), where it begins.
        direction: (latent,), its velocity there, as long as `unit`.
        parameters: How many.
    """

    point: Tensor
    direction: Tensor
    parameters: int

    def at(self, theta: Float[Tensor, "rows parameters"]) -> tuple[Tensor, Tensor] | None:
        """Where geodesics begin and their velocities, (rows, latent) each; None if one does not come so far."""
        ...

    def moved(self, theta: Float[Tensor, "parameters"]) -> "Family | None":
        """The same family about another of its geodesics."""
        ...


class Anywhere:
    """All geodesics beside one.

    Args:
        metric: Not singular at the point.
        point: Where it begins.
        direction: Its velocity there.
        unit: The length of velocities.
    """

    def __init__(self, metric: Metric, point: Tensor, direction: Tensor, unit: float) -> None:
        self.metric, self.point, self.unit = metric, point, unit
        self.direction = _upright(metric, point[None], direction[None], [], unit)[0]
        self.basis = complement(metric, point, [self.direction], unit)
        self.parameters = 2 * len(self.basis)

    def at(self, theta: Float[Tensor, "rows parameters"]) -> tuple[Tensor, Tensor] | None:
        """See `Family`."""
        beside, turned = (part @ self.basis for part in theta.chunk(2, dim=1))
        points = self.point + beside
        return points, _upright(self.metric, points, self.direction + turned, [], self.unit)

    def moved(self, theta: Float[Tensor, "parameters"]) -> "Anywhere | None":
        """See `Family`."""
        found = self.at(theta[None])
        return None if found is None else Anywhere(self.metric, found[0][0], found[1][0], self.unit)


class Crossing:
    """Geodesics that cross another at a right angle.

    Args:
        metric: Not singular where they cross.
        first: Where the other begins, and its velocity there.
        time: When they cross.
        direction: The velocity of one, made upright to the other.
        unit: The length of velocities.

    Attributes:
        tangent: (latent,), the other's velocity where they cross.

    Raises:
        GeodesicError: The other does not come so far.
    """

    def __init__(
        self, metric: Metric, first: tuple[Tensor, Tensor], time: float, direction: Tensor, unit: float
    ) -> None:
        self.metric, self.first, self.time, self.unit = metric, first, time, unit
        found = follow(metric, *first, torch.full_like(first[0][:1], time))
        if found is None:
            raise GeodesicError("the first component ends before the second crosses it")
        self.point, self.tangent = found[0][0], found[1][0]
        self.direction = _upright(metric, self.point[None], direction[None], [self.tangent[None]], unit)[0]
        self.basis = complement(metric, self.point, [self.tangent, self.direction], unit)
        self.parameters = 1 + len(self.basis)

    def at(self, theta: Float[Tensor, "rows parameters"]) -> tuple[Tensor, Tensor] | None:
        """See `Family`."""
        found = follow(self.metric, *self.first, self.time + theta[:, 0])
        if found is None:
            return None
        points, tangents = found
        turned = self.direction + theta[:, 1:] @ self.basis
        return points, _upright(self.metric, points, turned, [tangents], self.unit)

    def moved(self, theta: Float[Tensor, "parameters"]) -> "Crossing | None":
        """See `Family`."""
        found = self.at(theta[None])
        if found is None:
            return None
        return Crossing(self.metric, self.first, self.time + float(theta[0]), found[1][0], self.unit)


class Through:
    """Geodesics through a point, at right angles to others.

    Args:
        metric: Not singular at the point.
        point: The point.
        others: The velocities of the others there, upright to each other.
        direction: The velocity of one, made upright to them.
        unit: The length of velocities.
    """

    def __init__(self, metric: Metric, point: Tensor, others: list[Tensor], direction: Tensor, unit: float) -> None:
        self.metric, self.point, self.others, self.unit = metric, point, others, unit
        self.direction = self._upright(direction[None])[0]
        self.basis = complement(metric, point, [*others, self.direction], unit)
        self.parameters = len(self.basis)

    def at(self, theta: Float[Tensor, "rows parameters"]) -> tuple[Tensor, Tensor] | None:
        """See `Family`."""
        return self.point.expand(len(theta), -1), self._upright(self.direction + theta @ self.basis)

    def moved(self, theta: Float[Tensor, "parameters"]) -> "Through | None":
        """See `Family`."""
        turned = self.direction + theta @ self.basis
        return Through(self.metric, self.point, self.others, turned, self.unit)

    def _upright(self, vectors: Tensor) -> Tensor:
        others = [other.expand_as(vectors) for other in self.others]
        return _upright(self.metric, self.point.expand_as(vectors), vectors, others, self.unit)


@dataclass(frozen=True)
class Found:
    """A geodesic, points on it, and rays from these to the given ones.

    Attributes:
        family: About the geodesic.
        times: (points,), of the points on it.
        tangents: (points, latent), its velocities there.
        rays: From there.
        value: Half of the mean squared distance.
    """

    family: Family
    times: Tensor
    tangents: Tensor
    rays: Rays
    value: Tensor


@dataclass(frozen=True)
class _Slopes:
    """How half of the mean squared distance to a geodesic changes with it, the points on it being the nearest ones.

    Attributes:
        slope: (parameters,), the first derivative.
        bend: (parameters, parameters), the second, as in flat space.
        lag: (points,), how much later the nearest points are, as in flat space.
        along: (parameters, points), how much earlier the points become as the geodesic changes.
        missed: The weighted mean square of the lags, as distances.
    """

    slope: Tensor
    bend: Tensor
    lag: Tensor
    along: Tensor
    missed: Tensor


class Fit:
    """What principal geodesics are held against.

    Args:
        caster: Finds geodesics.
        z: The points.
        weights: Theirs; they add up to one.
        spread: The points', as a distance; nothing of points that are all the same.
    """

    def __init__(self, caster: Caster, z: Tensor, weights: Tensor, spread: float) -> None:
        self.caster, self.z, self.weights, self.spread = caster, z, weights, spread

    def at(self, family: Family, times: Float[Tensor, "points"], near: Rays | None) -> Found | None:
        """A geodesic; None if it does not come to all times, or leaves the cache."""
        feet = follow(self.caster.metric, family.point, family.direction, times)
        if feet is None or not all(self.caster.allows(foot) for foot in feet[0]):
            return None
        start = None
        if near is not None:
            start = dragged(near.curve.same_path, feet[0] - near.point, torch.zeros_like(self.z))
        rays = self.caster.between(feet[0], self.z, start)
        return Found(family, times, feet[1], rays, self.weights @ rays.length.square() / 2)

    def slopes(self, now: Found) -> _Slopes | None:
        """How the value changes; None if a geodesic beside this one does not arrive."""
        points, latent = self.z.shape
        G = self.caster.metric(now.rays.point)
        lowered = torch.einsum("nij,nj->ni", G, now.tangents)
        squared = (lowered * now.tangents).sum(1)
        lag = -(now.tangents * now.rays.slope).sum(1) / squared
        missed = self.weights @ (lag.square() * squared)
        jacobian = now.tangents.new_zeros(0, points, latent)
        if now.family.parameters:
            shifts = DIFFERENCE * torch.eye(now.family.parameters, dtype=self.z.dtype, device=self.z.device)
            beside = now.family.at(torch.cat([shifts, -shifts]))
            moved = None if beside is None else self._feet(*beside, now.times)
            if moved is None:
                return None
            forth, back = moved.chunk(2)
            jacobian = (forth - back) / (2 * DIFFERENCE)
        along = torch.einsum("pni,ni->pn", jacobian, lowered) / squared
        across = jacobian - along[:, :, None] * now.tangents
        slope = torch.einsum("n,pni,ni->p", self.weights, across, now.rays.slope)
        bend = torch.einsum("n,pni,nij,qnj->pq", self.weights, across, G, across)
        return _Slopes(slope, bend, lag, along, missed)

    def residual(self, slopes: _Slopes | None) -> float:
        """Length of Gauss and Newton's step, points on the geodesic included, over the points' spread."""
        if self.spread == 0:
            return 0.0
        if slopes is None:
            return float("inf")
        promised = slopes.slope @ _solved(slopes.bend, slopes.slope) + slopes.missed
        return float(promised.clamp(min=0).sqrt()) / self.spread

    def stepped(self, now: Found, slopes: _Slopes, damping: float) -> Found | None:
        """The geodesic and the points on it after a step; None as `at` has it."""
        own = slopes.bend.diagonal().diag_embed()
        step = -_solved(slopes.bend + damping * own, slopes.slope)
        family = now.family.moved(step)
        if family is None:
            return None
        return self.at(family, now.times + slopes.lag / (1 + damping) - step @ slopes.along, now.rays)

    def _feet(self, points: Tensor, directions: Tensor, times: Tensor) -> Tensor | None:
        """Where geodesics are at the times, (geodesics, points, latent)."""
        many = len(times)
        start, velocity = points.repeat_interleave(many, 0), directions.repeat_interleave(many, 0)
        found = follow(self.caster.metric, start, velocity, times.repeat(len(points)))
        return None if found is None else found[0].view(len(points), many, -1)


def follow(metric: Metric, z: Tensor, v: Tensor, times: Float[Tensor, "times"]) -> tuple[Tensor, Tensor] | None:
    """Where geodesics are and their velocities, (times, latent) each; None if one does not arrive.

    Args:
        metric: The metric.
        z: Where they begin, or where the only one does.
        v: Their velocities there.
        times: One of each.
    """
    latent = z.shape[-1]
    z, v = (x.expand(len(times), latent).contiguous() for x in (z, v))
    found = exponential(metric, z, v, times)
    if any(arrival is not Arrival.REACHED for arrival in found.outcome):
        return None
    return found.point, found.velocity


def complement(metric: Metric, point: Tensor, vectors: list[Tensor], unit: float) -> Float[Tensor, "others latent"]:
    """Vectors of a length at a point, at right angles to each other and to those that are given.

    Raises:
        ValueError: The metric is singular there.
    """
    lower, info = torch.linalg.cholesky_ex(metric(point[None])[0])
    if bool(info):
        raise ValueError(f"metric: expected one that is not singular near the points; it is at {point.tolist()}")
    # y = L^T v has the norm of v under G = L L^T
    given = torch.stack(vectors) @ lower if vectors else point.new_zeros(0, len(point))
    frame = torch.linalg.qr(given.T, mode="complete").Q[:, len(given) :]
    return unit * torch.linalg.solve_triangular(lower.T, frame, upper=True).T


def _upright(metric: Metric, points: Tensor, vectors: Tensor, others: list[Tensor], unit: float) -> Tensor:
    """Vectors made so long, after what they have of others is taken from them; the others are upright to each other."""
    G = metric(points)
    for other in others:
        lowered = torch.einsum("nij,nj->ni", G, other)
        share = (vectors * lowered).sum(1) / (other * lowered).sum(1)
        vectors = vectors - share[:, None] * other
    return unit * vectors / torch.einsum("ni,nij,nj->n", vectors, G, vectors).sqrt()[:, None]


def _solved(bend: Tensor, slope: Tensor) -> Tensor:
    return torch.linalg.pinv(bend, rtol=_FLAT, hermitian=True) @ slope
