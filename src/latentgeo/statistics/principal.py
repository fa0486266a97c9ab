"""Geodesics beside a geodesic, of those that may be a principal one.

A family has parameters, zero at the geodesic itself, none of which only changes its time: a step cannot be lost in one
that changes nothing.
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["Anywhere", "Crossing", "Family", "SingularError", "Through", "complement", "follow"]


class SingularError(ValueError):
    """A metric is singular where there should be as many directions as dimensions."""


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
        SingularError: The metric is singular there.
    """
    lower, info = torch.linalg.cholesky_ex(metric(point[None])[0])
    if bool(info):
        raise SingularError(f"metric: expected one that is not singular near the points; it is at {point.tolist()}")
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
