"""The loop of every descent, on energies of one unknown a pair whose minima are known."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentgeo.geometry.solvers.damping import Damped, Rule, proposal, tried
from latentgeo.geometry.solvers.descent import Descent, Proposal, descend
from latentgeo.geometry.solvers.line_search import backtracked


@dataclass(frozen=True)
class Quartic:
    """1 + x^2 / 2 + bend x^4 at the middle one of three control points."""

    control: Tensor
    bend: Tensor
    stuck: Tensor

    @property
    def value(self) -> Tensor:
        x = self.control[:, 1, 0]
        return 1 + x.square() / 2 + self.bend * x**4

    @property
    def slope(self) -> Tensor:
        x = self.control[:, 1, 0]
        return x + 4 * self.bend * x**3


def begun(x: list[float], bend: list[float]) -> Quartic:
    values = torch.tensor(x, dtype=torch.float64)
    control = torch.stack([torch.full_like(values, -9), values, torch.full_like(values, 9)], 1).unsqueeze(2)
    return Quartic(control, torch.tensor(bend, dtype=torch.float64), torch.zeros(len(x), dtype=torch.bool))


def down(state: Quartic) -> tuple[Quartic, Proposal]:
    """The step of the quadratic part alone."""
    gain = state.slope.square() / 2
    return state, Proposal(-state.slope[:, None], gain, gain)


def searched(state: Quartic, proposed: Proposal) -> Quartic:
    control, _ = backtracked(
        state.control,
        state,
        proposed,
        lambda trial, index: replace(state, control=trial, bend=state.bend[index], stuck=state.stuck[index]),
    )
    return replace(state, control=control, stuck=~(control != state.control).flatten(1).any(1))


def minimised(state: Quartic, tolerance: float = 1e-12, most: int = 30, judged: bool = True) -> Descent:
    return descend(state, down, searched, tolerance, most, judged=judged)


def test_each_pair_takes_as_many_steps_as_it_needs() -> None:
    state = begun([0.0, 0.5, 3.0], [1.0, 0.0, 0.1])
    before = state.control.clone()
    found = minimised(state)
    assert found.iterations[:2].tolist() == [0, 1]
    assert int(found.iterations[2]) > 2
    assert bool(found.converged.all())
    torch.testing.assert_close(found.control[:, 1], torch.zeros_like(found.control[:, 1]), rtol=0, atol=2e-6)
    assert torch.equal(state.control, before)
    assert torch.equal(found.control[:, [0, 2]], before[:, [0, 2]])
    alone = minimised(begun([3.0], [0.1]))
    assert torch.equal(alone.control[0], found.control[2])
    assert torch.equal(alone.residual[0], found.residual[2])


def test_the_residual_is_that_after_the_last_step_or_before_it() -> None:
    state = begun([3.0], [0.1])
    assert float(minimised(state, most=0).residual) == float(down(state)[1].bound / (2 * state.value))
    assert float(minimised(state, most=0, judged=False).residual) == float("inf")
    after, before = minimised(state, most=2), minimised(state, most=2, judged=False)
    assert torch.equal(after.control, before.control)
    assert float(before.residual) == float(minimised(state, most=1).residual)
    assert float(after.residual) < float(before.residual)
    assert after.iterations.tolist() == before.iterations.tolist() == [2]
    assert not bool(after.converged)


def test_a_pair_that_no_step_moves_leaves_and_has_not_converged() -> None:
    def uphill(state: Quartic) -> tuple[Quartic, Proposal]:
        state, proposed = down(state)
        return state, replace(proposed, step=torch.where(state.bend[:, None] > 0.5, -1, 1) * proposed.step)

    seen: list[tuple[int, float]] = []
    found = descend(
        begun([0.5, 3.0], [1.0, 0.1]), uphill, searched, 1e-12, 30, lambda step, value: seen.append((step, value))
    )
    assert found.iterations[0] == 1
    assert found.converged.tolist() == [False, True]
    assert float(found.control[0, 1]) == 0.5
    assert [step for step, _ in seen] == list(range(int(found.iterations[1]) + 1))
    assert seen[-1][1] < seen[0][1]


def test_the_damping_falls_where_the_model_holds_and_grows_where_it_fails() -> None:
    rule = Rule(growth=4.0, first=0.5, decline=2.0, least=0.1)
    state = begun([0.5, 3.0, 0.1], [0.0, 1.0, 0.0])
    damping = torch.tensor([0.4, 0.0, 0.15], dtype=torch.float64)
    gradient = state.slope[:, None, None]
    proposed = proposal(-gradient / (1 + damping[:, None, None]), gradient, damping)
    torch.testing.assert_close(proposed.bound, (1 + damping) * proposed.gain)
    start = Damped(state.control, state, damping)
    after = tried(start, proposed, lambda control, before: replace(before, control=control), rule)
    assert after.damping.tolist() == [0.2, 0.5, 0.0]
    moved = (after.control != start.control).flatten(1).any(1)
    assert moved.tolist() == [True, False, True]
    assert torch.equal(after.model.control, after.control)
    assert not bool(after.stuck.any())
    assert bool(replace(after, damping=damping + 1e9).stuck.all())
