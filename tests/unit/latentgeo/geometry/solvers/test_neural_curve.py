"""The paper's solver: its two boundaries, its outcomes, and that pairs are on their own."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.solution import Candidate, Problem
from surfaces import sphere

QUICK = {"units": 12, "points": 20, "steps": 5, "candidates": 3}
SURFACE = sphere()


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_solved_curves_meet_their_ends(boundary: str) -> None:
    z0, z1 = SURFACE.ends(3)
    found = lg.geodesic(SURFACE.metric, z0, z1, lg.NeuralCurve(**QUICK, boundary=boundary))
    ends = found.curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(ends[:, 0], z0)
    assert torch.equal(ends[:, 1], z1)
    assert boundary in found.solver


def test_training_makes_shorter() -> None:
    z0, z1 = SURFACE.ends(4)
    seen: list[float] = []
    lg.geodesic(
        SURFACE.metric, z0, z1, lg.NeuralCurve(units=12, points=20, steps=30), on_step=lambda step, L: seen.append(L)
    )
    assert len(seen) == 31
    assert seen[-1] < seen[0]
    assert seen == sorted(seen, reverse=True)


def test_too_few_steps_is_an_outcome() -> None:
    solver = lg.NeuralCurve(**QUICK)
    z0, z1 = SURFACE.ends(4)
    found = lg.geodesic(SURFACE.metric, z0, z1, solver)
    assert {outcome.value for outcome in found.outcome} <= {"max_iterations", "line_is_shorter"}
    line = lg.euclidean(SURFACE.metric, z0, z1)
    assert bool((found.length <= line.length * (1 + 1e-9)).all())


def test_enough_steps_converge() -> None:
    z0, z1 = SURFACE.ends(2)
    found = lg.geodesic(SURFACE.metric, z0, z1, lg.NeuralCurve(units=12, points=20, steps=400, tolerance=0.01))
    assert {outcome.value for outcome in found.outcome} <= {"converged", "line_is_shorter"}
    assert int(found.iterations.max()) < 400


@pytest.mark.parametrize("end", [row(0.5, 0.3), row(0.5, 0.3 + 1e-13)], ids=["shared", "nearly shared"])
def test_a_shared_coordinate_is_singular_for_the_papers_boundary(end: Tensor) -> None:
    start = row(-0.5, 0.3)
    solver = lg.NeuralCurve(**QUICK, boundary="paper")
    found = lg.geodesic(SURFACE.metric, start, end, solver)
    assert bool(torch.isfinite(found.length).all())
    assert bool(torch.isfinite(found.curve(torch.linspace(0, 1, 9, dtype=torch.float64))).all())
    assert float(found.length) <= float(lg.euclidean(SURFACE.metric, start, end).length) * (1 + 1e-9)
    if bool(end[0, 1] == start[0, 1]):
        assert found.outcome[0] in (lg.Outcome.SINGULAR_BOUNDARY, lg.Outcome.LINE_IS_SHORTER)


def test_the_singular_outcome_is_the_solvers() -> None:
    z0, z1 = torch.cat([row(-0.5, 0.3), row(-0.5, 0.1)]), torch.cat([row(0.5, 0.3), row(0.5, -0.4)])
    found = lg.NeuralCurve(**QUICK, boundary="paper").solve(Problem(SURFACE.metric, z0, z1, None, None, None, None))
    assert found.outcome[0] is lg.Outcome.SINGULAR_BOUNDARY
    assert found.outcome[1] is not lg.Outcome.SINGULAR_BOUNDARY
    assert bool(torch.isfinite(found.curve(torch.linspace(0, 1, 9, dtype=torch.float64))).all())


def test_the_safe_boundary_moves_a_shared_coordinate() -> None:
    z0, z1 = row(-0.6, 0.4), row(0.6, 0.4)
    found = lg.geodesic(SURFACE.metric, z0, z1, lg.NeuralCurve(units=20, points=40, steps=100))
    assert found.outcome[0] is not lg.Outcome.LINE_IS_SHORTER
    middle = found.curve(torch.tensor([0.5], dtype=torch.float64))[0, 0, 1]
    # great circles bend away from the pole at the chart's centre
    assert float(middle) > 0.41


def test_a_metric_that_breaks_is_an_outcome() -> None:
    broken = lg.FunctionMetric(lambda z: torch.full((len(z), 2, 2), torch.nan, dtype=z.dtype))
    found = lg.geodesic(broken, row(0, 0), row(1, 1), lg.NeuralCurve(**QUICK))
    assert found.outcome == [lg.Outcome.DIVERGED]
    assert bool(found.length.isnan().all())
    middle = found.curve(torch.tensor([0.5], dtype=torch.float64))
    torch.testing.assert_close(middle, torch.full((1, 1, 2), 0.5, dtype=torch.float64))


def test_results_are_drawn_by_the_generator_alone() -> None:
    z0, z1 = SURFACE.ends(2)

    def solve(seed: int) -> Tensor:
        solver = lg.NeuralCurve(**QUICK, generator=torch.Generator().manual_seed(seed))
        return solver.solve(Problem(SURFACE.metric, z0, z1, None, None, None, None)).curve(
            torch.tensor([0.3], dtype=torch.float64)
        )

    torch.manual_seed(0)
    first = solve(1)
    torch.manual_seed(99)
    assert torch.equal(solve(1), first)
    assert not torch.equal(solve(2), first)


@pytest.mark.slow
@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_a_pair_ends_alone_as_in_a_batch(boundary: str) -> None:
    z0, z1 = SURFACE.ends(6)
    # the fourth is singular for the paper's boundary
    z1[3, 1] = z0[3, 1]

    def solver() -> lg.NeuralCurve:
        generator = torch.Generator().manual_seed(3)
        return lg.NeuralCurve(20, 200, 150, tolerance=2e-3, boundary=boundary, generator=generator)

    def solved(solver: lg.NeuralCurve, pair: slice) -> Candidate:
        return solver.solve(Problem(SURFACE.metric, z0[pair], z1[pair], None, None, None, None))

    together = solved(solver(), slice(6))
    one_by_one = solver()
    alone = [solved(one_by_one, slice(pair, pair + 1)) for pair in range(6)]
    assert together.outcome == [outcome for one in alone for outcome in one.outcome]
    assert {lg.Outcome.CONVERGED, lg.Outcome.MAX_ITERATIONS} <= set(together.outcome)
    assert together.iterations.tolist() == [int(one.iterations) for one in alone]
    assert len(set(together.iterations.tolist())) > 2
    lengths = torch.cat([lg.measure(SURFACE.metric, one.curve).length for one in alone])
    torch.testing.assert_close(lg.measure(SURFACE.metric, together.curve).length, lengths, rtol=1e-6, atol=0)


def test_curves_are_of_the_end_points_dtype() -> None:
    z0, z1 = SURFACE.ends(2)
    found = lg.NeuralCurve(**QUICK).solve(Problem(SURFACE.metric, z0, z1, None, None, None, None))
    assert found.curve(torch.tensor([0.3], dtype=torch.float64)).dtype == torch.float64
    assert found.residual.dtype == torch.float64


def test_an_unknown_boundary() -> None:
    with pytest.raises(ValueError, match="no boundary 'hard'; found: paper, safe"):
        lg.NeuralCurve(boundary="hard")
