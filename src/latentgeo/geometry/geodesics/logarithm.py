"""The logarithm, the inverse of the exponential map: the velocity that leads from one point to another in unit time."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_vectors, paired
from latentgeo.geometry.calculus.exponential import exponential
from latentgeo.geometry.calculus.integration import Arrival, attainable
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.geodesics.around import end_of
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.geometry.periods import nearest_image
from latentgeo.geometry.solution import GeodesicSolution, Outcome, Solver
from latentgeo.progress import shows_progress

__all__ = ["LogarithmSolution", "logarithm"]

# of the velocity, for finite differences of the exponential map
_DIFFERENCE = 1e-4
# steps of the integrator are this much more exact than the end is wanted
_SHARPER = 0.1
_HALVINGS = 6
# a step that leaves a greater share of the residual asks for a new derivative
_PROGRESS = 0.1
# a velocity that is longer than the curve found by this share belongs to another geodesic
_LONGER = 0.01


@dataclass(frozen=True, repr=False)
class LogarithmSolution(Described):
    """Initial velocities of geodesics between pairs of latent points.

    Attributes:
        velocity: (pairs, latent), v with exp_z0(v) = z1, as well as was found.
        length: (pairs,), sqrt(v^T G v): the distance, if the geodesic is a shortest one.
        residual: (pairs,), |exp_z0(v) - z1| in latent units, in balanced ones where the metric's axes differ in scale
            (see `balance`); infinite if that geodesic does not arrive.
        outcome: One a pair. `CONVERGED`: the residual is below the tolerance, and the velocity no longer than the curve
            that was started from. `DIVERGED`: no geodesic near that curve arrives, the velocity is the curve's own.
            `MAX_ITERATIONS`, or `BOUNDED` or `SINGULAR_METRIC` where the curve is that: anything else.
        iterations: (pairs,), Newton steps.
    """

    velocity: Tensor
    length: Tensor
    residual: Tensor
    outcome: list[Outcome]
    iterations: Tensor


@shows_progress("logarithms")
@in_double
@torch.no_grad()
def logarithm(
    metric: Metric,
    z0: Float[Tensor, "#pairs latent"],
    z1: Float[Tensor, "#pairs latent"],
    solver: Solver | None = None,
    *,
    solution: GeodesicSolution | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 12,
    max_steps: int = 1000,
    throw: bool = False,
    progress: bool = True,
) -> LogarithmSolution:
    """The logarithm: the initial velocity v of the shortest geodesic from z0 to z1, exp_z0(v) = z1.

    A curve's direction at its start and its length are refined by Newton's method on the end point (shooting). That
    the geodesic is a shortest one is as sure as the curve is. Equal end points have v = 0. Where coordinates are
    periodic, exp_z0(v) is the image of z1 at which the curve ends.

    Args:
        metric: Any metric that is differentiable in z.
        z0: Start points, or one for all end points; float64 is meant.
        z1: End points, or one for all start points.
        solver: Of `geodesic`, which finds the curve.
        solution: What `geodesic` found between z0 and z1, if that is known already or needs settings of its own.
        tolerance: Greatest |exp_z0(v) - z1|, relative to |z1 - z0|; in the units of the residual.
        max_iterations: Newton steps; each follows 1 + latent geodesics a pair.
        max_steps: Of the integrator, along each of these geodesics; one that needs more does not arrive.
        throw: Raise unless every pair converged.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        Shooting is ill-conditioned where geodesics part exponentially: long ones on strongly curved metrics do not
        converge, and say so.

    Raises:
        ValueError: End points that do not fit each other or are not finite, or a solution for others.
        GeodesicError: With `throw`, a pair did not converge.
    """
    z0, z1 = paired(z0.detach(), z1.detach())
    check_vectors("z0", z0, "z1", z1)
    check_finite("z0", z0)
    check_finite("z1", z1)
    if z0.shape[1] == 2:
        # where the curves are
        z0, z1 = z0.cpu(), z1.cpu()
    if solution is None:
        solution = geodesic(metric, z0, z1, solver)
    else:
        _check_solution(solution, z0, nearest_image(end_of(solution.curve, z1), z1, metric.periods))
    z1 = nearest_image(end_of(solution.curve, z1), z1, metric.periods)
    v = _initial_velocity(metric, solution, z0)
    apart = (z0 != z1).any(1)
    v[~apart] = 0
    units = balanced(metric, z0)
    seen, start, end = metric, z0, z1
    if units is not None:
        seen, start, end, v = in_units(metric, units), units.new(z0), units.new(z1), units.new(v)
    # the integrator has to be sharper
    tolerance = attainable(_SHARPER * tolerance, metric.dtype) / _SHARPER
    wanted = tolerance * torch.linalg.vector_norm(end - start, dim=1)
    shooting = _Shooting(seen, start, end, solution.length * (1 + _LONGER), _SHARPER * tolerance, max_steps)
    v, residual, iterations = shooting.refine(v, apart, wanted, max_iterations)
    v = v if units is None else units.old(v)
    outcome = [
        Outcome.CONVERGED
        if close
        else Outcome.SINGULAR_METRIC
        if curve is Outcome.SINGULAR_METRIC
        else Outcome.DIVERGED
        if not finite
        else Outcome.BOUNDED
        if curve is Outcome.BOUNDED
        else Outcome.MAX_ITERATIONS
        for close, finite, curve in zip(
            (residual <= wanted).tolist(), torch.isfinite(residual).tolist(), solution.outcome, strict=True
        )
    ]
    if throw:
        _raise_unless_converged(outcome)
    return LogarithmSolution(v, safe_sqrt(metric.squared_speed(z0, v)), residual, outcome, iterations)


class _Shooting:
    """Geodesics shot from z0 at z1.

    Args:
        metric: The metric.
        z0: Where from.
        z1: Where to.
        longest: (pairs,), the greatest length that a velocity may have.
        tolerance: Of the integrator.
        max_steps: Of the integrator.
    """

    def __init__(
        self, metric: Metric, z0: Tensor, z1: Tensor, longest: Tensor, tolerance: float, max_steps: int
    ) -> None:
        self.metric, self.z0, self.z1, self.longest = metric, z0, z1, longest
        self.tolerance, self.max_steps = tolerance, max_steps

    def refine(self, v: Tensor, apart: Tensor, wanted: Tensor, max_iterations: int) -> tuple[Tensor, Tensor, Tensor]:
        """Velocities, residuals and numbers of steps, by Newton's method from v.

        A derivative of the end point is kept for as long as it serves: the curve's velocity is nearly right.
        """
        pairs, latent = v.shape
        v, miss, residual = v.clone(), torch.zeros_like(v), v.new_zeros(pairs)
        slope = v.new_zeros(pairs, latent, latent)
        iterations = torch.zeros(pairs, dtype=torch.long, device=v.device)
        # the derivative is that at the present v; and another should be made
        fresh, dull = torch.ones_like(apart), torch.zeros_like(apart)
        stuck = ~apart
        now = apart.nonzero().squeeze(1)
        miss[now], residual[now], slope[now] = self._around(now, v[now])
        stuck |= ~torch.isfinite(residual)
        for _ in range(max_iterations):
            now = (~stuck & (residual > wanted)).nonzero().squeeze(1)
            if not len(now):
                break
            renewed = now[dull[now]]
            if len(renewed):
                slope[renewed] = self._around(renewed, v[renewed])[2]
                fresh[renewed] = True
            before = residual[now]
            better, v[now], miss[now], residual[now] = self._step(now, v[now], miss[now], before, slope[now])
            iterations[now] += 1
            stuck[now] = ~better & fresh[now]
            fresh[now] &= ~better
            dull[now] = residual[now] > _PROGRESS * before
        return v, residual, iterations

    def _step(
        self, now: Tensor, v: Tensor, miss: Tensor, residual: Tensor, slope: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One step, halved until the residual is less: which pairs it was for, and their v, miss and residual."""
        step, info = torch.linalg.solve_ex(slope, -miss)
        v, miss, residual = v.clone(), miss.clone(), residual.clone()
        better = torch.zeros_like(residual, dtype=torch.bool)
        rest = ((info == 0) & torch.isfinite(step).all(1)).nonzero().squeeze(1)
        for halving in range(_HALVINGS):
            if not len(rest):
                break
            tried = v[rest] + step[rest] / 2**halving
            off, norm = self._miss(now[rest], tried)
            good = norm < residual[rest]
            done = rest[good]
            v[done], miss[done], residual[done], better[done] = tried[good], off[good], norm[good], True
            rest = rest[~good]
        return better, v, miss, residual

    def _miss(self, now: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """exp(v) - z1 of some pairs, and its norm: infinite where the geodesic does not arrive or is too long."""
        found = exponential(self.metric, self.z0[now], v, tolerance=self.tolerance, max_steps=self.max_steps)
        miss = found.point - self.z1[now]
        arrived = torch.tensor(
            [outcome is Arrival.REACHED for outcome in found.outcome], dtype=torch.bool, device=v.device
        )
        long = safe_sqrt(self.metric.squared_speed(self.z0[now], v)) > self.longest[now]
        return miss, torch.where(arrived & ~long, torch.linalg.vector_norm(miss, dim=1), float("inf"))

    def _around(self, now: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The miss, its norm, and the derivative of the end point in v by finite differences."""
        latent = v.shape[1]
        size = _DIFFERENCE * torch.linalg.vector_norm(v, dim=1)[:, None, None]
        shifts = size * torch.eye(latent, dtype=v.dtype, device=v.device)
        tried = torch.cat([v[:, None], v[:, None] + shifts], 1)
        miss, norm = self._miss(now.repeat_interleave(latent + 1), tried.flatten(0, 1))
        miss, norm = miss.view(tried.shape), norm.view(tried.shape[:2])
        slope = (miss[:, 1:] - miss[:, :1]) / size
        return miss[:, 0], norm[:, 0], slope.transpose(1, 2)


def _check_solution(solution: GeodesicSolution, z0: Tensor, z1: Tensor) -> None:
    if len(solution.outcome) != len(z0):
        raise ValueError(f"solution must be of the {len(z0)} pairs that are given; it has {len(solution.outcome)}")
    ends, wanted = solution.curve(z0.new_tensor([0.0, 1.0])).detach(), torch.stack([z0, z1], 1)
    if ends.shape != wanted.shape or ends.dtype != wanted.dtype or not torch.allclose(ends, wanted):
        raise ValueError(
            f"solution must be of the pairs that are given, {wanted.dtype} from {wanted[:1, 0].tolist()} to "
            f"{wanted[:1, 1].tolist()} the first; its curves are {ends.dtype} from {ends[:1, 0].tolist()} to "
            f"{ends[:1, 1].tolist()}"
        )


def _initial_velocity(metric: Metric, solution: GeodesicSolution, z0: Tensor) -> Tensor:
    """The curves' directions at their start, as fast as the curves are long."""
    start = z0.new_zeros(1)
    direction = solution.curve.same_path.derivative(start)[:, 0].clone()
    speed = safe_sqrt(metric.squared_speed(z0, direction))
    return torch.where((speed > 0)[:, None], direction * (solution.length / speed)[:, None], 0.0)


def _raise_unless_converged(outcome: list[Outcome]) -> None:
    failed = [(pair, found.value) for pair, found in enumerate(outcome) if found is not Outcome.CONVERGED]
    if failed:
        shown = ", ".join(f"pair {pair}: {word}" for pair, word in failed[:5])
        raise GeodesicError(f"{len(failed)} of {len(outcome)} pairs did not converge ({shown})")
