"""The stages that the default solver is put together from, each for a batch of pairs at one number of intervals."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.functionals import measure
from latentgeo.geometry.metric import Metric
from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent, newton
from latentgeo.geometry.solvers.pacing import density_weight, repace
from latentgeo.geometry.solvers.spline_energy import curvature_of_jet, curvature_of_tensor
from latentgeo.geometry.spline import Spline, refine, tabulate
from latentgeo.geometry.wall import Walled

__all__ = ["Limits", "join", "merge", "on_cache", "polished", "without_cache"]

# estimated relative excess length at which it is time to share out the time anew
_ROUGH = 1e-4
# what is aimed at, as a share of the tolerance, where a step is cheap: with Newton's method on a cache, without one
_NEWTON_SHARE, _LBFGS_SHARE = 1e-3, 0.1


@dataclass(frozen=True)
class Limits:
    """When to stop, see `SplineCurve`."""

    nodes: int
    tolerance: float
    max_iterations: int
    polish: int
    rounds: int


def on_cache(
    fast: Metric, control: Float[Tensor, "pairs control latent"], limits: Limits
) -> tuple[Descent, Float[Tensor, "pairs"]]:
    """Newton's method, the time shared out anew after a rough solution; also the lengths under the cached metric.

    Sharing out the time anew moves a curve a little, which in a narrow valley can be too much: each pair keeps the
    shortest curve of all rounds.
    """
    basis = tabulate(control.shape[1] - 3, limits.nodes, control)
    fine = _NEWTON_SHARE * limits.tolerance
    weight = density_weight(fast, control, basis)
    rough = newton(fast, control, basis, weight, _ROUGH if limits.rounds else fine, limits.max_iterations)
    best, length = rough, measure(fast, Spline(rough.control)).length
    for _ in range(limits.rounds):
        control = repace(fast, best.control)
        found = newton(fast, control, basis, density_weight(fast, control, basis), fine, limits.max_iterations)
        best, length = _shorter(fast, best, length, found)
    behind = (best.residual > limits.tolerance).nonzero().squeeze(1)
    if len(behind) and limits.rounds:
        start = best.control[behind]
        found = newton(fast, start, basis, density_weight(fast, start, basis), fine, limits.max_iterations)
        part = Descent(start, best.residual[behind], best.iterations[behind], best.converged[behind])
        part, shorter = _shorter(fast, part, length[behind], found)
        best, length = merge(best, part, behind), length.index_copy(0, behind, shorter)
    return replace(best, converged=best.residual <= limits.tolerance), length


def polished(metric: Metric, fast: Metric, found: Descent, limits: Limits, on_step: OnStep | None) -> Descent:
    """A few quasi-Newton steps under the true metric, whose model of the curvature is the cache's."""
    basis = tabulate(found.control.shape[1] - 3, limits.nodes, found.control)
    # the wall of the cache stands before the true metric too: both have the same minimum
    grid = fast.cache
    walled = metric if grid is None else metric.substitute(grid.metric, Walled(grid.metric, grid.bounds))
    weight = density_weight(fast, found.control, basis)
    result = lbfgs(
        walled,
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


def merge(all_pairs: Descent, some: Descent, index: Tensor) -> Descent:
    """All pairs, those at the index replaced; both with the larger number of intervals."""
    intervals = max(all_pairs.control.shape[1], some.control.shape[1]) - 3
    fields = {}
    for name in ("control", "residual", "iterations", "converged"):
        whole, part = getattr(all_pairs, name), getattr(some, name)
        if name == "control":
            whole, part = _with_intervals(whole, intervals), _with_intervals(part, intervals)
        fields[name] = whole.index_copy(0, index, part)
    return Descent(**fields)


def join(parts: list[Descent]) -> Descent:
    """Batches one after the other, all with the largest number of intervals."""
    intervals = max(part.control.shape[1] for part in parts) - 3
    return Descent(
        torch.cat([_with_intervals(part.control, intervals) for part in parts]),
        torch.cat([part.residual for part in parts]),
        torch.cat([part.iterations for part in parts]),
        torch.cat([part.converged for part in parts]),
    )


def _with_intervals(control: Tensor, intervals: int) -> Tensor:
    return control if control.shape[1] == intervals + 3 else refine(control, intervals)


def _shorter(fast: Metric, best: Descent, length: Tensor, found: Descent) -> tuple[Descent, Tensor]:
    """Pair by pair the shorter of two curves, the later one if they are equal; the iterations add up."""
    new = measure(fast, Spline(found.control)).length
    wins = (new <= length * (1 + 1e-6)).nonzero().squeeze(1)
    part = Descent(found.control[wins], found.residual[wins], found.iterations[wins], found.converged[wins])
    merged = merge(best, part, wins)
    return replace(merged, iterations=best.iterations + found.iterations), length.index_copy(0, wins, new[wins])
