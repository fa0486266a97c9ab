"""The harness without the peers: ours runs, and every way to fail is named."""

import time

import pytest
import torch

from benchmarks.geodesic_bench import files, harness, references
from benchmarks.geodesic_bench.interface import Problem, Solved, Solver
from benchmarks.geodesic_bench.ruler import measure, straight


def run(solve, seconds=5.0, at_once=None, pairs=2):
    solver = Solver(lambda problem: solve, "anybody", at_once=at_once)
    return harness.run(solver, "sphere", seconds, pairs=pairs)


def straightly(told=None):
    return lambda z0, z1: Solved(straight(z0, z1).curve, [told] * len(z0))


def test_ours_on_a_surface():
    rows = harness.run(files.solver("latentgeo_gauss_newton"), "sphere", 60.0, pairs=2)
    reference = references.read("sphere")
    assert [row["pair"] for row in rows] == [0, 1]
    for row, length, line in zip(rows, reference.length, reference.line, strict=False):
        assert row["outcome"] == "converged"
        assert abs(row["length"] / float(length) - 1) < 1e-6
        assert row["length"] < line
        assert row["seconds"] > 0


def test_the_ruler_is_exact_on_a_great_circle():
    problem = files.problem("sphere")
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    quarter = Solved(lambda t: torch.stack([(t * torch.pi / 2).cos(), (t * torch.pi / 2).sin()], 1)[None], [True])
    found = measure(problem, quarter, start, start.flip(1))
    assert abs(float(found.length) - torch.pi / 2) < 1e-12
    assert float(found.gap) < 1e-12


def test_what_is_told_of_convergence_is_kept():
    for told, outcome in ((None, "untold"), (True, "converged"), (False, "unconverged")):
        assert {row["outcome"] for row in run(straightly(told))} == {outcome}


def test_an_error_is_the_pair_s_alone():
    def solve(z0, z1):
        if torch.equal(z0, files.problem("sphere").z0[:1]):
            raise ArithmeticError("no")
        return straight(z0, z1)

    rows = run(solve, at_once=1)
    assert [row["outcome"] for row in rows] == ["raised ArithmeticError", "untold"]
    assert rows[0]["length"] != rows[0]["length"]


def test_an_error_of_preparing_or_of_the_curve_is_every_pair_s():
    def prepare(problem):
        raise ImportError("not installed")

    rows = harness.run(Solver(prepare, "anybody"), "sphere", 5.0, pairs=2)
    assert [row["outcome"] for row in rows] == ["raised ImportError"] * 2

    def curve(t):
        raise ArithmeticError("no such time")

    rows = run(lambda z0, z1: Solved(curve, [True] * len(z0)))
    assert [row["outcome"] for row in rows] == ["raised ArithmeticError"] * 2


def test_time_runs_out_for_the_rest_too():
    def solve(z0, z1):
        try:
            time.sleep(5)
        except Exception:  # as a library might
            time.sleep(5)
        return straight(z0, z1)

    started = time.perf_counter()
    rows = run(solve, seconds=0.1, at_once=1)
    assert [row["outcome"] for row in rows] == ["timed out", "timed out"]
    assert time.perf_counter() - started < 4


def test_curves_that_connect_something_else_or_nothing():
    rows = run(lambda z0, z1: straight(z0, z0 + (z1 - z0) / 2))
    assert {row["outcome"] for row in rows} == {"ends missed"}
    rows = run(lambda z0, z1: straight(z0, z1 * float("nan")))
    assert {row["outcome"] for row in rows} == {"not finite"}


def test_a_group_that_is_not_named_is_left_out():
    solver = Solver(lambda problem: straightly(), "anybody", pairs={"trained decoder": 3})
    assert harness.run(solver, "sphere", 5.0) == []


def test_a_case_that_is_another_one_here_is_not_measured(monkeypatch):
    problem = files.problem("sphere")
    other = Problem(problem.group, problem.decoder, 3, problem.z0, problem.z1 + 1e-6)
    monkeypatch.setattr(harness.files, "problem", lambda name: other)
    harness._check.cache_clear()
    with pytest.raises(RuntimeError, match=r"sphere is not the case of references/sphere.csv here"):
        run(straightly())
    harness._check.cache_clear()
