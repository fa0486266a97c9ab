"""The stages that the default solver is put together from, each for a batch of pairs at one number of intervals."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.spline import Basis, Spline, refine, second_rule, tabulate
from latentgeo.geometry.functionals import CORRECTED, Measurement, corrected, measure, merged, safe_sqrt
from latentgeo.geometry.metrics.caching import cache_of, walled, without_wall
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers import batch
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent, newton
from latentgeo.geometry.solvers.pacing import density_weight, repace
from latentgeo.geometry.solvers.preconditioner import Preconditioner, preconditioner
from latentgeo.geometry.solvers.spline_energy import (
    Weight,
    convex_part,
    curvature_of_jet,
    curvature_of_tensor,
    energy_gradient,
    nodes_of,
    tensors_along,
)

__all__ = ["Limits", "Seen", "between_knots", "certified", "join", "merge", "on_cache", "without_cache"]

# by how much of the unit interval a point's time may be off before a curve's time is shared out anew
_UNFAIR = 0.02
# of the tolerance, what is aimed at where there is no cache; after so many steps, as one model of the curvature serves,
# steps are dear
_LBFGS_SHARE, _FEW_STEPS = 0.1, 12


@dataclass(frozen=True)
class Limits:
    """When to stop, see `SplineCurve`; `fine` is the tolerance on a cache, `dear` that for many steps without one."""

    nodes: int
    tolerance: float
    fine: float
    dear: float
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
    best = _minimised(fast, control, limits.fine, limits)
    for _ in range(limits.rounds):
        repaced, moved = repace(fast, best.descent.control)
        unfair = (moved > _UNFAIR).nonzero().squeeze(1)
        if len(unfair):
            again = _minimised(fast, repaced[unfair], limits.fine, limits)
            best = batch.put(best, _shorter(batch.select(best, unfair), again), unfair)
    behind = (best.descent.residual > limits.tolerance).nonzero().squeeze(1)
    if len(behind) and limits.rounds:
        part = batch.select(best, behind)
        part = _shorter(part, _minimised(fast, part.descent.control, limits.fine, limits))
        best = batch.put(best, part, behind)
    converged = best.descent.residual <= limits.tolerance
    return replace(best, descent=replace(best.descent, converged=converged))


@torch.no_grad()
def between_knots(fast: Metric, paced: Paced, limits: Limits) -> Descent:
    """One Newton step with twice the knots; the residual is by how much it changes the length.

    The step is not damped: where it makes a curve longer, into another valley, the curve stays as it is.
    """
    found, intervals = paced.descent, paced.descent.control.shape[1] - 3
    control = refine(found.control, 2 * intervals)
    basis = tabulate(2 * intervals, limits.nodes, control)
    # the same energy: its density is constant on every coarse interval
    density = (tabulate(intervals, limits.nodes, control).weight / paced.weight)[..., :1]
    weight = basis.weight / density.repeat_interleave(2, 1)
    here, curvature = curvature_of_jet(fast, control, basis, weight)
    moved = _stepped(control, here.gradient, preconditioner(curvature, basis))
    z, v = (rows.flatten(0, 2) for rows in nodes_of(moved, basis))
    there = fast.squared_speed(z, v).view_as(here.squared)
    before, after = ((safe_sqrt(squared) * basis.weight).sum((1, 2)) for squared in (here.squared, there))
    residual = (before - after).abs() / before.clamp(min=torch.finfo(before.dtype).tiny)
    moved = torch.where((after <= before)[:, None, None], moved, control)
    return Descent(moved, residual, found.iterations + 1, residual <= limits.tolerance)


@torch.no_grad()
def certified(
    metric: Metric, fast: Metric, found: Descent, weight: Weight, limits: Limits, on_step: OnStep | None
) -> tuple[Descent, Measurement]:
    """One gradient under the true metric, which says how far each curve is from a geodesic, and steps where it is far.

    The residual is half the decrease that Newton's step would bring, by the true gradient and the cache's Hessian, of
    the energy that the curves are minimal for on the cache, with the same weight. The true speeds that come with the
    gradient make the lengths true.
    """
    control = found.control
    basis = tabulate(control.shape[1] - 3, weight.shape[2], control)
    # the wall of the cache stands before the true metric too: both have the same minimum
    true = walled(metric, fast)
    here = energy_gradient(true, control, basis, weight)
    g = here.gradient[:, 1:-1].flatten(1)
    step = preconditioner(curvature_of_jet(fast, control, basis, weight)[1], basis).divide(g)
    residual = (g * step).sum(1) / (4 * here.value.clamp(min=torch.finfo(g.dtype).tiny))
    measured = _measured(fast, control, basis, here.squared)
    far = (~(residual <= limits.tolerance)).nonzero().squeeze(1)
    result = replace(found, residual=residual, iterations=found.iterations + 1)
    if len(far):
        moved = lbfgs(
            true,
            lambda X, W: curvature_of_jet(fast, X, basis, W)[1],
            control[far],
            basis,
            weight[far],
            limits.tolerance,
            limits.polish,
            on_step=on_step,
        )
        result = merge(result, replace(moved, iterations=result.iterations[far] + moved.iterations), far)
    # who asks for less excess is told the length as well as it can be measured, not with the help of a cache
    rough = limits.tolerance >= CORRECTED
    good = min(CORRECTED, limits.tolerance)
    unknown = (~(measured.error <= good * measured.length)).index_fill(0, far, True).nonzero().squeeze(1)
    if len(unknown):
        again = measure(metric, Spline(result.control[unknown]), cached=without_wall(fast) if rough else None)
        measured = merged(measured, again, unknown)
    return result, measured


def _measured(fast: Metric, control: Tensor, basis: Basis, squared: Tensor) -> Measurement:
    """Lengths from the true speeds at the nodes; not known where there is a wall."""
    rules = basis.weight.flatten(), second_rule(basis).flatten()
    found = corrected(fast, Spline(control), basis.t.flatten(), rules, safe_sqrt(squared.flatten(1)))
    grid, z = cache_of(fast), nodes_of(control, basis)[0]
    if grid is None:
        return found
    inside = grid.inside(z.flatten(0, 2)).view(len(z), -1).all(1)
    return replace(found, error=torch.where(inside, found.error, torch.inf))


@dataclass(frozen=True)
class Seen:
    """Curves refined without a cache, and what the true metric told of them.

    Attributes:
        descent: Where the steps ended.
        between: (pairs,), by about how much of its length twice the knots would change each.
        phi: The velocity at the nodes of twice as many intervals.
        length: (pairs,), by the rule on these nodes.
        error: (pairs,), its difference to a rule of higher order.
    """

    descent: Descent
    between: Tensor
    phi: Float[Tensor, "pairs intervals nodes"]
    length: Tensor
    error: Tensor


@torch.no_grad()
def without_cache(
    metric: Metric, control: Float[Tensor, "pairs control latent"], limits: Limits, on_step: OnStep | None
) -> Seen:
    """Quasi-Newton steps whose model of the curvature is the metric tensor along the curve: any latent dimension.

    One more with twice the knots says what these would change: of its length, not of its energy, since more knots
    share out the time better, which makes no curve shorter.
    """
    intervals = control.shape[1] - 3
    basis = tabulate(intervals, limits.nodes, control)
    weight = density_weight(metric, control, basis)
    result = lbfgs(
        metric,
        lambda X, W: curvature_of_tensor(metric, X, W),
        control,
        basis,
        weight,
        _LBFGS_SHARE * limits.tolerance,
        limits.max_iterations,
        on_step=on_step,
        late=(_FEW_STEPS, _LBFGS_SHARE * limits.dear),
    )
    fine = tabulate(2 * intervals, limits.nodes, control)
    # the same energy: its density is constant on every coarse interval
    density = (basis.weight / weight)[..., :1].repeat_interleave(2, 1)
    finer = refine(result.control, fine.intervals)
    here = energy_gradient(metric, finer, fine, fine.weight / density)
    model = convex_part(tensors_along(metric, result.control).repeat_interleave(2, 1), fine.weight / density)
    moved = _stepped(finer, here.gradient, preconditioner(model, fine))
    z, v = (rows.flatten(0, 2) for rows in nodes_of(moved, fine))
    phi, after = (
        safe_sqrt(squared)
        for squared in (here.squared, in_parts(metric.squared_speed, metric.points_at_once, z, v).view_as(here.squared))
    )
    length, other, changed = (
        (rate * rule).sum((1, 2)) for rate, rule in ((phi, fine.weight), (phi, second_rule(fine)), (after, fine.weight))
    )
    between = (length - changed).abs() / length.clamp(min=torch.finfo(length.dtype).tiny)
    return Seen(result, between, phi, length, (length - other).abs())


def _stepped(control: Tensor, gradient: Tensor, factor: Preconditioner) -> Tensor:
    step = factor.divide(gradient[:, 1:-1].flatten(1))
    moved = control.clone()
    # where the metric is flat in every direction there is no step
    moved[:, 1:-1] -= torch.where(torch.isfinite(step).all(1, keepdim=True), step, 0.0).view_as(moved[:, 1:-1])
    return moved


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
