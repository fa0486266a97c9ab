"""The paper's curve networks: their ends, their two boundaries and their outcomes."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.solution import Problem
from latentgeo.geometry.solvers.neural_curve import NetworkCurve
from surfaces import draw, sphere

QUICK = {"units": 12, "points": 20, "steps": 5, "candidates": 3}
SURFACE = sphere()


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def network(boundary: str, units: int = 7) -> NetworkCurve:
    z0, z1 = draw(3, 2, -1, 1)
    generator = torch.Generator().manual_seed(11)
    shapes = [(1, units), (1, units), (units, units), (1, units), (units, 2), (1, 2)]
    weights = tuple(torch.randn(3, *shape, generator=generator, dtype=torch.float64) for shape in shapes)
    return NetworkCurve(weights, z0, z1, boundary)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_ends_are_exact(boundary: str) -> None:
    curve = network(boundary)
    ends = curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(ends[:, 0], curve.z0)
    assert torch.equal(ends[:, 1], curve.z1)
    # and the formula meets them by itself
    near, _ = curve.both(torch.tensor([0.0, 1.0], dtype=torch.float64))
    torch.testing.assert_close(near, ends, rtol=0, atol=1e-12)


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_derivative(boundary: str) -> None:
    curve = network(boundary)
    t = torch.rand(3, 9, generator=torch.Generator().manual_seed(12), dtype=torch.float64) * 0.9 + 0.05
    numeric = (curve(t + 1e-6) - curve(t - 1e-6)) / 2e-6
    torch.testing.assert_close(curve.derivative(t), numeric, rtol=1e-5, atol=1e-6)
    one = curve.select(torch.tensor([2]))
    torch.testing.assert_close(one(t[2]), curve(t)[2:])


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


def test_an_unknown_boundary() -> None:
    with pytest.raises(ValueError, match="no boundary 'hard'; found: paper, safe"):
        lg.NeuralCurve(boundary="hard")
