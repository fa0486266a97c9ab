"""Preconditioned L-BFGS for the energy of spline curves under any metric, batched over pairs.

Nocedal and Wright 2006, algorithm 7.4. The initial inverse Hessian is not a multiple of the identity but that
of a model: a cached metric's exact Hessian, or the energy's convex part. With a good cache a few steps
do. Each pair has its own step length and leaves the batch when it has converged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers.descent import Descent, Proposal, descend
from latentgeo.geometry.solvers.line_search import backtracked
from latentgeo.geometry.solvers.preconditioner import Preconditioner, preconditioner
from latentgeo.geometry.solvers.spline_energy import Curvature, EnergyGradient, Weight, energy_gradient

__all__ = ["lbfgs"]


@dataclass(frozen=True)
class _State:
    """Where each pair is, and what it remembers.

    Attributes:
        control: (pairs, control, latent).
        weight: Of every node.
        here: The energy and its gradient.
        factor: Of the model of the Hessian.
        steps: Those remembered, (pairs, memory, free), the last one last.
        changes: Of the gradient by each of them.
        age: Steps since the model was made.
        stuck: (pairs,), whether no step made it shorter.
    """

    control: Tensor
    weight: Weight
    here: EnergyGradient
    factor: Preconditioner
    steps: Tensor
    changes: Tensor
    age: int
    stuck: Tensor

    @property
    def value(self) -> Tensor:
        return self.here.value

    @property
    def slope(self) -> Tensor:
        """The gradient by the inner control points, (pairs, free)."""
        return self.here.gradient[:, 1:-1].flatten(1)


def lbfgs(
    metric: Metric,
    model: Callable[[Tensor, Tensor], Curvature],
    control: Float[Tensor, "pairs control latent"],
    basis: Basis,
    weight: Weight,
    tolerance: float,
    max_iterations: int,
    memory: int = 8,
    refresh: int = 12,
    on_step: OnStep | None = None,
    late: tuple[int, float] | None = None,
) -> Descent:
    """Minimise the energy under any metric.

    Args:
        metric: The metric; only `squared_speed` and its gradient are asked for.
        model: Control points and weights to the second derivatives to precondition with.
        control: Where to start; not modified.
        basis: The splines' basis at its quadrature nodes.
        weight: Of every node.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Steps at most.
        memory: How many steps are remembered.
        refresh: Make the model anew, and forget the steps, after so many.
        on_step: Told the step and the mean root energy over the pairs that are left.
        late: From how many steps on, and which larger tolerance counts then.
    """
    control = control.detach()

    def fresh(control: Tensor, weight: Weight, here: EnergyGradient, stuck: Tensor) -> _State:
        nothing = here.gradient[:, 1:-1].flatten(1)[:, None][:, :0]
        factor = preconditioner(model(control, weight), basis)
        return _State(control, weight, here, factor, nothing, nothing, 0, stuck)

    def propose(state: _State) -> tuple[_State, Proposal]:
        if state.age == refresh:
            state = fresh(state.control, state.weight, state.here, state.stuck)
        step = _direction(state)
        gain = -(state.slope * step).sum(1) / 2
        return state, Proposal(step, gain, gain)

    def take(state: _State, proposed: Proposal) -> _State:
        def evaluate(trial: Tensor, index: Tensor) -> EnergyGradient:
            return energy_gradient(metric, trial, basis, state.weight[index])

        control, here = backtracked(state.control, state.here, proposed, evaluate)
        moved = (control - state.control)[:, 1:-1].flatten(1)
        new = replace(state, control=control, here=here, stuck=~(moved != 0).any(1), age=state.age + 1)
        steps = torch.cat([state.steps, moved[:, None]], 1)[:, -memory:]
        changes = torch.cat([state.changes, (new.slope - state.slope)[:, None]], 1)[:, -memory:]
        return replace(new, steps=steps, changes=changes)

    here = energy_gradient(metric, control, basis, weight)
    start = fresh(control, weight, here, torch.zeros(len(control), dtype=torch.bool, device=control.device))
    return descend(start, propose, take, tolerance, max_iterations, on_step, late=late)


def _direction(state: _State) -> Tensor:
    """The two-loop recursion for every pair; a remembered step of non-positive curvature is passed over."""
    g, S, Y = state.slope, state.steps, state.changes
    sy = (S * Y).sum(2)
    usable = sy > 1e-12 * S.norm(dim=2) * Y.norm(dim=2)
    rho = torch.where(usable, 1 / torch.where(usable, sy, 1.0), 0.0)
    q = g.clone()
    shares = []
    for i in reversed(range(S.shape[1])):
        share = rho[:, i] * (S[:, i] * q).sum(1)
        q = q - share[:, None] * Y[:, i]
        shares.append(share)
    r = state.factor.divide(q)
    for i, share in zip(range(S.shape[1]), reversed(shares), strict=True):
        r = r + S[:, i] * (share - rho[:, i] * (Y[:, i] * r).sum(1))[:, None]
    downhill = ((r * g).sum(1) > 0).unsqueeze(1)
    return -r if bool(downhill.all()) else -torch.where(downhill, r, state.factor.divide(g))
