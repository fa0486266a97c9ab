"""The peers' benchmark without the peers: ours runs, and every way to fail is named."""

import time

import pytest
import torch

from benchmarks.peers import cases, harness
from benchmarks.peers.measure import measure
from benchmarks.peers.setting import Setting, Solved


def run(monkeypatch, solve, seconds=5.0, at_once=None):
    setting = Setting(lambda case: solve, {"closed forms": 20}, "a test", at_once)
    monkeypatch.setattr(harness, "settings", lambda library: {"default": setting})
    return harness.run("anybody", "default", "sphere", seconds, pairs=2)


def straight(z0, z1, told=None):
    return Solved(lambda t: z0[:, None] + t[:, None] * (z1 - z0)[:, None], [told] * len(z0))


def test_ours_on_a_surface():
    assert "latentgeo" in harness.names()
    rows = harness.run("latentgeo", "default", "sphere", 60.0, pairs=2)
    assert [row["pair"] for row in rows] == [0, 1]
    for row in rows:
        assert row["outcome"] == "converged"
        assert abs(row["length"] / row["reference"] - 1) < 1e-6
        assert row["length"] < row["line"]
        assert row["seconds"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", cases.CLOSED_FORMS)
def test_cases_have_true_distances(name):
    case = cases.load(name)
    assert case.decoder(case.z0).shape == (len(case.z0), case.obs)
    line = measure(case, straight(case.z0, case.z1), case.z0, case.z1)
    assert (line.length >= case.reference * (1 - 1e-9)).all()


def test_the_embedded_torus_has_the_metric_of_the_tests():
    case = cases.load("torus")
    J = torch.func.vmap(torch.func.jacfwd(lambda z: case.decoder(z[None])[0]))(case.z0)
    torch.testing.assert_close(J.transpose(1, 2) @ J, cases.surfaces.torus().metric(case.z0))


def test_the_ruler_is_exact_on_a_great_circle():
    case = cases.load("sphere")
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    quarter = Solved(lambda t: torch.stack([(t * torch.pi / 2).cos(), (t * torch.pi / 2).sin()], 1)[None], [True])
    found = measure(case, quarter, start, start.flip(1))
    assert abs(float(found.length) - torch.pi / 2) < 1e-12
    assert float(found.gap) < 1e-12


def test_what_is_told_of_convergence_is_kept(monkeypatch):
    for told, outcome in ((None, "untold"), (True, "converged"), (False, "unconverged")):
        rows = run(monkeypatch, lambda z0, z1, told=told: straight(z0, z1, told))
        assert {row["outcome"] for row in rows} == {outcome}


def test_an_error_is_the_pair_s_alone(monkeypatch):
    def solve(z0, z1):
        if torch.equal(z0, cases.load("sphere").z0[:1]):
            raise ArithmeticError("no")
        return straight(z0, z1)

    rows = run(monkeypatch, solve, at_once=1)
    assert [row["outcome"] for row in rows] == ["raised ArithmeticError", "untold"]
    assert rows[0]["length"] != rows[0]["length"]


def test_time_runs_out_for_the_rest_too(monkeypatch):
    def solve(z0, z1):
        try:
            time.sleep(5)
        except Exception:  # as a library might
            time.sleep(5)
        return straight(z0, z1)

    started = time.perf_counter()
    rows = run(monkeypatch, solve, seconds=0.1, at_once=1)
    assert [row["outcome"] for row in rows] == ["timed out", "timed out"]
    assert time.perf_counter() - started < 4


def test_curves_that_connect_something_else_or_nothing(monkeypatch):
    rows = run(monkeypatch, lambda z0, z1: straight(z0, z0 + (z1 - z0) / 2))
    assert {row["outcome"] for row in rows} == {"ends missed"}
    rows = run(monkeypatch, lambda z0, z1: straight(z0, z1 * float("nan")))
    assert {row["outcome"] for row in rows} == {"not finite"}


def test_an_unknown_library_lists_what_exists():
    with pytest.raises(
        ValueError, match=r"no library 'nobody'; found: geomstats, latent_geometry, latentgeo, stochman"
    ):
        harness.settings("nobody")
