"""The stages that the default solver is put together from, each for a batch of pairs at one number of intervals."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Spline, refine, tabulate
from latentgeo.geometry.functionals import measure
from latentgeo.geometry.metrics.caching import walled
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers import batch
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent, newton
from latentgeo.geometry.solvers.pacing import density_weight, repace
from latentgeo.geometry.solvers.spline_energy import Weight, curvature_of_jet, curvature_of_tensor

__all__ = ["Limits", "between_knots", "join", "merge", "on_cache", "polished", "without_cache"]

# by how much of the unit interval a point's time may be off before a curve's time is shared out anew
_UNFAIR = 0.02
# what is aimed at, as a share of the tolerance, where a step is cheap: with Newton's method on a cache, without one
_NEWTON_SHARE, _LBFGS_SHARE = 0.03, 0.1


@dataclass(frozen=True)
class Limits:
    """When to stop, see `SplineCurve`."""

    nodes: int
    tolerance: float
    max_iterations: int
    polish: int
    rounds: int


@dataclass(frozen=True)
class Paced:
    """Curves refined on a cache.

    Attributes:
        descent: Where Newton's method ended.
        weight: Of the energy that it minimised.
        length: (pairs,), under the cached metric.
    """

    descent: Descent
    weight: Weight
    length: Tensor


def on_cache(fast: Metric, control: Float[Tensor, "pairs control latent"], limits: Limits) -> Paced:
    """Newton's method, and again for the pairs whose time it has left badly shared out.

    Sharing out the time anew moves a curve a little, which in a narrow valley can be too much: each pair keeps the
    shortest curve of all rounds.
    """
    fine = _NEWTON_SHARE * limits.tolerance
    best = _minimised(fast, control, fine, limits)
    for _ in range(limits.rounds):
        repaced, moved = repace(fast, best.descent.control)
        unfair = (moved > _UNFAIR).nonzero().squeeze(1)
        if len(unfair):
            again = _minimised(fast, repaced[unfair], fine, limits)
            best = _put(best, _shorter(_take(best, unfair), again), unfair)
    behind = (best.descent.residual > limits.tolerance).nonzero().squeeze(1)
    if len(behind) and limits.rounds:
        part = _take(best, behind)
        part = _shorter(part, _minimised(fast, part.descent.control, fine, limits))
        best = _put(best, part, behind)
    converged = best.descent.residual <= limits.tolerance
    return replace(best, descent=replace(best.descent, converged=converged))


def between_knots(fast: Metric, paced: Paced, limits: Limits) -> Descent:
    """One Newton step with twice the knots; the residual is by how much it changes the length."""
    found, intervals = paced.descent, paced.descent.control.shape[1] - 3
    control = refine(found.control, 2 * intervals)
    basis = tabulate(2 * intervals, limits.nodes, control)
    # the same energy: its density is constant on every coarse interval
    density = (tabulate(intervals, limits.nodes, control).weight / paced.weight)[..., :1]
    weight = basis.weight / density.repeat_interleave(2, 1)
    finer = newton(fast, control, basis, weight, 0.0, 1, damping=0.0)
    length = measure(fast, Spline(finer.control), thorough=False).length
    residual = (paced.length - length).abs() / length.clamp(min=torch.finfo(length.dtype).tiny)
    return Descent(finer.control, residual, found.iterations + finer.iterations, residual <= limits.tolerance)


def polished(metric: Metric, fast: Metric, found: Descent, limits: Limits, on_step: OnStep | None) -> Descent:
    """A few quasi-Newton steps under the true metric, whose model of the curvature is the cache's."""
    basis = tabulate(found.control.shape[1] - 3, limits.nodes, found.control)
    # the wall of the cache stands before the true metric too: both have the same minimum
    weight = density_weight(fast, found.control, basis)
    result = lbfgs(
        walled(metric, fast),
        lambda X, W: curvature_of_jet(fast, X, basis, W)[1],
        found.control,
        basis,
        weight,
        limits.tolerance,
        limits.polish,
        on_step=on_step,
    )
    return replace(result, iterations=found.iterations + result.iterations)


def without_cache(
    metric: Metric, control: Float[Tensor, "pairs control latent"], limits: Limits, on_step: OnStep | None
) -> Descent:
    """Quasi-Newton steps whose model of the curvature is the metric tensor along the curve: any latent dimension."""
    basis = tabulate(control.shape[1] - 3, limits.nodes, control)
    result = lbfgs(
        metric,
        lambda X, W: curvature_of_tensor(metric, X, basis, W),
        control,
        basis,
        density_weight(metric, control, basis),
        _LBFGS_SHARE * limits.tolerance,
        limits.max_iterations,
        on_step=on_step,
    )
    return replace(result, converged=result.residual <= limits.tolerance)


def select(found: Descent, index: Tensor) -> Descent:
    """Some of the pairs."""
    return batch.select(found, index)


def merge(all_pairs: Descent, some: Descent, index: Tensor) -> Descent:
    """All pairs, those at the index replaced; both with the larger number of intervals."""
    intervals = max(all_pairs.control.shape[1], some.control.shape[1]) - 3
    return batch.put(_with_intervals(all_pairs, intervals), _with_intervals(some, intervals), index)


def join(parts: list[Descent]) -> Descent:
    """Batches one after the other, all with the largest number of intervals."""
    intervals = max(part.control.shape[1] for part in parts) - 3
    return batch.join([_with_intervals(part, intervals) for part in parts])


def _with_intervals(found: Descent, intervals: int) -> Descent:
    control = found.control
    return found if control.shape[1] == intervals + 3 else replace(found, control=refine(control, intervals))


@torch.no_grad()
def _minimised(fast: Metric, control: Tensor, tolerance: float, limits: Limits) -> Paced:
    basis = tabulate(control.shape[1] - 3, limits.nodes, control)
    weight = density_weight(fast, control, basis)
    found = newton(fast, control, basis, weight, tolerance, limits.max_iterations)
    return Paced(found, weight, measure(fast, Spline(found.control), thorough=False).length)


def _shorter(best: Paced, new: Paced) -> Paced:
    """Pair by pair the shorter of two curves, the later one if they are equal; the iterations add up."""
    chosen = batch.choose(new.length <= best.length * (1 + 1e-6), new, best)
    total = best.descent.iterations + new.descent.iterations
    return replace(chosen, descent=replace(chosen.descent, iterations=total))


def _take(paced: Paced, index: Tensor) -> Paced:
    return batch.select(paced, index)


def _put(paced: Paced, some: Paced, index: Tensor) -> Paced:
    return batch.put(paced, some, index)
