"""Minimising the weighted sum of distances from one point to many, or of their squares.

The first step is the mean of the logarithms (of squares: Pennec 2006; of distances: Weiszfeld's, as Fletcher et al.
2009 have it on manifolds). Later ones know the curvature by a quasi-Newton update (BFGS), so that a few steps do where
plain ones take scores. A step that does not lessen the sum is shortened, by what it told of the curvature or by half.
Steps are straight in latent coordinates: where they end does not depend on that.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.progress import tell
from latentgeo.statistics.rays import Caster, Rays, divided

__all__ = ["Descent", "Sum"]

_TRIES = 12
# a step that failed says how short the next should be, if that is this much shorter
_SHORTER = 0.7
# of the reach: the longest step
_LONGEST = 3.0
# of what the slope promises: less is no progress; and the share that rounding may add to the sum
_ARMIJO, _ROUNDING = 1e-4, 1e-6
# a point nearer than this share of the mean distance is asked whether it is the median
_NEAR = 0.1


@dataclass(frozen=True)
class Descent:
    """Where a descent has come to.

    Attributes:
        rays: From there.
        value: Sum of w d or of w d^2 / 2.
        slope: (latent,), its derivative; at one of the points, without that point and less what this holds it by.
        residual: Norm of the derivative under the metric: of the mean logarithm, or of the mean unit vector.
        reach: Of the mean, the length of the plain step from there; of the median, what that is where no point is near.
        curvature: (latent, latent), a model of the second derivative.
        iterations: Steps.
        converged: Whether the residual is small enough.
    """

    rays: Rays
    value: float
    slope: Tensor
    residual: float
    reach: float
    curvature: Tensor
    iterations: int = 0
    converged: bool = False


class Sum:
    """The sum of w d^power / power over some points.

    Args:
        caster: Finds rays.
        z: The points.
        weights: Theirs; they add up to one.
        power: 1 for the median, 2 for the mean.
        tolerance: Of the residual: for the mean a share of the root mean squared distance.
    """

    def __init__(self, caster: Caster, z: Tensor, weights: Tensor, power: int, tolerance: float) -> None:
        self.caster, self.z, self.weights, self.power, self.tolerance = caster, z, weights, power, tolerance
        self._asked: set[int] = set()

    def at(self, rays: Rays) -> Descent:
        """The sum at a point, with the model of the curvature that makes the first step the plain one."""
        G, w, d = self.caster.tensor(rays.point), self.weights, rays.length
        value = float((w * d**self.power).sum()) / self.power
        pull, hold = w, 0.0
        if self.power == 1:
            pull = torch.where(d > 0, w / d, 0.0)
            hold = float(w[d == 0].sum())
        slope = pull @ rays.slope
        norm = float(safe_sqrt(slope @ divided(slope, G)))
        # one that sits on a point leaves it only if the others pull harder (Vardi and Zhang 2000)
        residual = max(0.0, norm - hold)
        slope = slope * (residual / norm if norm else 0.0)
        enough = self.tolerance * (float((w @ d.square()).sqrt()) if self.power == 2 else 1.0)
        reach = residual if self.power == 2 else residual * value
        return Descent(rays, value, slope, residual, reach, pull.sum() * G, converged=residual <= enough)

    def descend(self, now: Descent, most: int) -> Descent:
        """Steps until the residual is small, none makes the sum less, or there were so many."""
        steps, plain = 0, False
        while steps < most and not now.converged:
            tell(f"step {steps}, residual {now.residual:.2g}")
            steps += 1
            on_point = self._on_a_point(now)
            if on_point is not None:
                return replace(on_point, iterations=now.iterations + steps)
            tried = self._step(now)
            if tried is None:
                if plain:
                    break
                # the model may be at fault
                now, plain = replace(self.at(now.rays), iterations=now.iterations), True
                continue
            now, plain = tried, False
        return replace(now, iterations=now.iterations + steps)

    def _step(self, now: Descent) -> Descent | None:
        """A step that makes the sum less, with a better model of the curvature; None where there is none."""
        G, tried, share = self.caster.tensor(now.rays.point), now, 1.0
        step = _limited(-divided(now.slope, now.curvature), G, now.reach)
        for _ in range(_TRIES):
            p = now.rays.point + share * step
            if self.caster.allows(p):
                found = self.at(self.caster.cast(p, self.z, now.rays))
                lower = found.value <= now.value + _ARMIJO * share * float(now.slope @ step)
                # near the end the sum changes by less than it is known to
                flatter = found.residual < now.residual and found.value <= now.value * (1 + _ROUNDING)
                learnt = replace(tried, curvature=_updated(tried, found))
                if lower or flatter:
                    return replace(found, curvature=learnt.curvature, iterations=now.iterations)
                shorter = _limited(-divided(now.slope, learnt.curvature), G, now.reach)
                if float(shorter @ G @ shorter) < (_SHORTER * share) ** 2 * float(step @ G @ step):
                    tried, step, share = learnt, shorter, 1.0
                    continue
            share /= 2
        return None

    def _on_a_point(self, now: Descent) -> Descent | None:
        """The descent at the nearest point, if the median is there."""
        d = now.rays.length
        nearest = int(torch.where(d > 0, d, float("inf")).argmin())
        w = float(self.weights[nearest])
        near = 0 < float(d[nearest]) < _NEAR * float(self.weights @ d)
        if self.power == 2 or not near or nearest in self._asked or now.residual > 3 * w:
            return None
        self._asked.add(nearest)
        there = self.at(self.caster.cast(self.z[nearest], self.z, now.rays))
        return there if there.converged else None


def _limited(step: Tensor, G: Tensor, reach: float) -> Tensor:
    """A step not so long that the model has to be wrong."""
    return step * min(1.0, _LONGEST * reach / (float(safe_sqrt(step @ G @ step)) or 1.0))


def _updated(before: Descent, after: Descent) -> Tensor:
    """The model of the curvature after a step, by the change of slope; kept where that is not convex."""
    s, y, B = after.rays.point - before.rays.point, after.slope - before.slope, before.curvature
    bent = B @ s
    if not bool(s @ y > 1e-3 * (s @ bent)):
        return B
    return B - torch.outer(bent, bent) / (s @ bent) + torch.outer(y, y) / (s @ y)
