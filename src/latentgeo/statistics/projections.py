"""How near a geodesic is to points, by the points on it that are nearest to them: what a principal one is found by."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.statistics.dragged import dragged
from latentgeo.statistics.levenberg import DIFFERENCE
from latentgeo.statistics.principal import Family, SingularError, follow
from latentgeo.statistics.rays import Caster, Rays

__all__ = ["Fit", "Found"]

# of the greatest eigenvalue: directions in which the value does not change
_FLAT = 1e-9
# times the curvature of flat space: what a distance's along a geodesic is taken to be within
_LEAST, _MOST = 0.1, 100.0
# searches for the nearest points
_PROJECTIONS = 30


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
        """How the value changes; None if a geodesic beside this one does not arrive, or the metric is not positive."""
        points, latent = self.z.shape
        G = self.caster.metric(now.rays.point)
        lowered = torch.einsum("nij,nj->ni", G, now.tangents)
        squared = (lowered * now.tangents).sum(1)
        if not bool((squared > 0).all()):
            return None
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
        try:
            family = now.family.moved(step)
        except SingularError:
            return None
        if family is None:
            return None
        return self.at(family, now.times + slopes.lag / (1 + damping) - step @ slopes.along, now.rays)

    def projected(self, now: Found, tolerance: float) -> tuple[Found, float]:
        """The same geodesic with the nearest point on it to every point, whatever its weight; and how far one is off.

        Each point has steps of its own, by the curvature that the last ones told; none leads farther off, or out of the
        cache.

        Args:
            now: The geodesic.
            tolerance: Of the last step, in units of time, or of the distance where that is more.
        """
        G = self.caster.metric(now.rays.point)
        bend = flat = torch.einsum("ni,nij,nj->n", now.tangents, G, now.tangents)
        slope = (now.tangents * now.rays.slope).sum(1)
        for _ in range(_PROJECTIONS):
            step = torch.where(slope.abs() <= tolerance * bend * _reach(now, flat), 0.0, -slope / bend)
            if not bool((step != 0).any()):
                break
            tried = self.at(now.family, now.times + step, now.rays)
            if tried is None:
                allowed = self._allows(now.family, now.times + step)
                bend, step = torch.where(allowed, bend, 2 * bend), torch.where(allowed, step, 0.0)
                tried = self.at(now.family, now.times + step, now.rays)
            if tried is None:
                break
            moved = step != 0
            nearer = moved & (tried.rays.length <= now.rays.length)
            told = ((tried.tangents * tried.rays.slope).sum(1) - slope) / step
            told = torch.maximum(torch.minimum(told, _MOST * flat), _LEAST * flat)
            bend = torch.where(nearer, told, torch.where(moved, 2 * bend, bend))
            whole = bool((nearer | ~moved).all())
            now = tried if whole else self.at(now.family, now.times + step * nearer, now.rays) or now
            slope = (now.tangents * now.rays.slope).sum(1)
        return now, float((slope.abs() / flat / _reach(now, flat)).amax())

    def _allows(self, family: Family, times: Tensor) -> Tensor:
        """Whether a geodesic comes to each time, and is in the cache then."""
        many = len(times)
        start, velocity = family.point.expand(many, -1).contiguous(), family.direction.expand(many, -1).contiguous()
        found = exponential(self.caster.metric, start, velocity, times)
        there = [arrival is Arrival.REACHED for arrival in found.outcome]
        inside = [arrived and self.caster.allows(foot) for arrived, foot in zip(there, found.point, strict=True)]
        return torch.tensor(inside, device=times.device)

    def _feet(self, points: Tensor, directions: Tensor, times: Tensor) -> Tensor | None:
        """Where geodesics are at the times, (geodesics, points, latent)."""
        many = len(times)
        start, velocity = points.repeat_interleave(many, 0), directions.repeat_interleave(many, 0)
        found = follow(self.caster.metric, start, velocity, times.repeat(len(points)))
        return None if found is None else found[0].view(len(points), many, -1)


def _reach(now: Found, flat: Tensor) -> Tensor:
    """Distances to the points in units of time, one at least: as long as they are, slopes are known."""
    return (now.rays.length / flat.sqrt()).clamp(min=1)


def _solved(bend: Tensor, slope: Tensor) -> Tensor:
    return torch.linalg.pinv(bend, rtol=_FLAT, hermitian=True) @ slope
