"""The loop of every descent: each pair of a batch takes steps of its own, and leaves the batch when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers.batch import select
from latentgeo.progress import tell

__all__ = ["Descent", "Iterate", "Proposal", "Valued", "descend"]


@dataclass(frozen=True)
class Descent:
    """Where a minimisation ended.

    Attributes:
        control: Control points or nodes, (pairs, control, latent).
        residual: (pairs,), estimated relative excess length over the nearest geodesic: half that of the energy.
        iterations: (pairs,), integers.
        converged: (pairs,), whether the residual is below the tolerance.
    """

    control: Tensor
    residual: Tensor
    iterations: Tensor
    converged: Tensor


@runtime_checkable
class Valued(Protocol):
    """What is known of each pair somewhere, the energy among it; a record as `batch` has them."""

    @property
    def value(self) -> Tensor:
        """The energy, (pairs,)."""
        ...


@runtime_checkable
class Iterate(Valued, Protocol):
    """Where each pair is, with what its next step is made of."""

    @property
    def control(self) -> Tensor:
        """(pairs, control, latent)."""
        ...

    @property
    def stuck(self) -> Tensor:
        """Which pairs no step has moved, (pairs,): as good as the arithmetic allows."""
        ...


@dataclass(frozen=True)
class Proposal:
    """A step for each pair.

    Attributes:
        step: Of the inner control points, (pairs, free).
        gain: (pairs,), by how much the energy falls by the model that the step is the minimum of: half the slope.
        bound: (pairs,), how much it could fall at most.
    """

    step: Tensor
    gain: Tensor
    bound: Tensor


State = TypeVar("State", bound=Iterate)


def descend(
    state: State,
    propose: Callable[[State], tuple[State, Proposal]],
    take: Callable[[State, Proposal], State],
    tolerance: float,
    max_iterations: int,
    on_step: OnStep | None = None,
    judged: bool = True,
    exact: bool = False,
    late: tuple[int, float] | None = None,
) -> Descent:
    """Steps until every pair has converged, is stuck, or has taken as many as it may.

    Args:
        state: Where to start.
        propose: The next step of every pair; it may prepare the state for it.
        take: The state after these steps, or parts of them, in which no pair's energy is larger.
        tolerance: A pair has converged when its estimated relative excess length is not above.
        max_iterations: Steps at most.
        on_step: Told the step and the mean root energy over the pairs that are left.
        judged: Whether the residual is that after the last step, for which one more step is proposed; else that
            before.
        exact: Whether the model is, near a minimum: then the step that tells that a pair has converged is taken too,
            which leaves of the residual its square.
        late: From how many steps on, and which larger tolerance counts then: not worth many steps.
    """
    final = state.control.clone()
    residual = final.new_full((len(final),), float("inf"))
    active = torch.arange(len(final), device=final.device)
    iterations = torch.zeros_like(active)
    for count in range(max_iterations + judged):
        state, proposal = propose(state)
        # the length is the root of the energy
        excess = proposal.bound / (2 * state.value.clamp(min=torch.finfo(final.dtype).tiny))
        residual[active] = excess
        tell(f"step {count}, {len(active)} of {len(final)} pairs left")
        if on_step is not None:
            on_step(count, float(state.value.clamp(min=0).sqrt().mean()))
        if late is not None and count == late[0]:
            tolerance = late[1]
        going = (excess > tolerance) & ~state.stuck
        if exact:
            last = state.control.clone()
            last[:, 1:-1] += proposal.step.view_as(last[:, 1:-1])
            # where the metric is flat in every direction there is no step
            near = (excess <= tolerance) & torch.isfinite(proposal.step).all(1)
            final[active[near]] = last[near]
        if count == max_iterations or not bool(going.any()):
            break
        if not bool(going.all()):
            active, state, proposal = select((active, state, proposal), going)
        iterations[active] += 1
        state = take(state, proposal)
        final[active] = state.control
    return Descent(final, residual, iterations, residual <= tolerance)
