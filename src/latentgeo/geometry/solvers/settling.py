"""Chains of ever more nodes, until the measured lengths of the curves through them settle.

A solver that minimises a discrete energy does so with few nodes first; their number is doubled until the length hardly
changes, which also says how far from the shortest a curve still is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import OnStep, Outcome
from latentgeo.geometry.solvers.batch import put
from latentgeo.geometry.solvers.chain import doubled, length_through
from latentgeo.geometry.solvers.descent import Descent

__all__ = ["Settling", "check_nodes", "outcomes", "settled"]

Minimise = Callable[[Float[Tensor, "pairs nodes latent"], OnStep | None], Descent]
"""Nodes to start from, to the chain of least energy with as many."""


@dataclass(frozen=True)
class Settling:
    """When the nodes of a curve are as many as it needs.

    Attributes:
        nodes: At least so many, the ends included.
        doublings: How often they are doubled beyond that, at most.
        tolerance: A pair has converged when its estimated relative excess length is below.
        fall: By how much a length falls, at least, when nodes are doubled, in units of the excess that is left.
        straight: Whether curves are straight segments.
    """

    nodes: int
    doublings: int
    tolerance: float
    fall: float
    straight: bool


def check_nodes(nodes: int) -> None:
    """Raises: ValueError if a chain of so many cannot begin with a quarter of the steps."""
    if nodes < 9 or nodes % 4 != 1:
        raise ValueError(f"nodes must be a multiple of four and one more, at least 9; got {nodes}")


def settled(
    minimise: Minimise,
    metric: Metric,
    nodes: Float[Tensor, "pairs nodes latent"],
    limits: Settling,
    on_step: OnStep | None,
) -> Descent:
    """Chains from these nodes on, and finer ones until the lengths of their curves settle.

    Args:
        minimise: The energy of chains.
        metric: To measure curves under.
        nodes: Where to start: points of the curves through chains of half as many steps.
        limits: When to stop.
        on_step: Progress callback.
    """
    return _settled(minimise, metric, nodes, limits, _numbered(on_step))


def outcomes(found: Descent) -> list[Outcome]:
    """How each pair ended; one whose energy is not finite has diverged."""
    return [
        Outcome.CONVERGED if good else Outcome.MAX_ITERATIONS if finite else Outcome.DIVERGED
        for good, finite in zip(found.converged.tolist(), torch.isfinite(found.residual).tolist(), strict=True)
    ]


def _settled(minimise: Minimise, metric: Metric, nodes: Tensor, limits: Settling, on_step: OnStep | None) -> Descent:
    steps = nodes.shape[1] - 1
    found = minimise(nodes, on_step)
    if steps < limits.nodes - 1:
        again = torch.ones_like(found.converged)
    else:
        found, again = _judged(metric, nodes, found, limits)
    if steps >= (limits.nodes - 1) * 2**limits.doublings or not bool(again.any()):
        return found
    index = again.nonzero().squeeze(1)
    finer = _settled(minimise, metric, doubled(found.control[index], limits.straight), limits, on_step)
    return _merged(found, finer, index, limits.straight)


def _judged(metric: Metric, nodes: Tensor, found: Descent, limits: Settling) -> tuple[Descent, Bool[Tensor, "pairs"]]:
    """The shorter of the curves before and after, with an estimate of its excess; and which need more nodes."""
    before, length = (length_through(metric, chain, limits.straight) for chain in (nodes, found.control))
    # few chords can cut a corner that a curve cannot
    control = torch.where((length <= before)[:, None, None], found.control, nodes)
    excess = (before - length).abs() / torch.minimum(before, length) / limits.fall
    residual = excess + found.residual
    converged = residual <= limits.tolerance
    again = ~converged & (found.residual <= limits.tolerance)
    return Descent(control, residual, found.iterations, converged), again


def _merged(found: Descent, finer: Descent, index: Tensor, straight: bool) -> Descent:
    """All pairs, those at the index with finer chains; the steps that each took add up."""
    control = found.control
    while control.shape[1] < finer.control.shape[1]:
        control = doubled(control, straight)
    iterations = found.iterations.index_add(0, index, finer.iterations)
    return replace(put(replace(found, control=control), finer, index), iterations=iterations)


def _numbered(on_step: OnStep | None) -> OnStep | None:
    """A callback that counts on where the next minimisation begins to count anew."""
    if on_step is None:
        return None
    number = count()
    return lambda _, value: on_step(next(number), value)
