import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.curves.hermite import Hermite

Z = torch.randn(40, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = torch.linspace(0, 1, 17, dtype=torch.float64)
BOX = ((-3.0, 3.0), (-3.0, 3.0))


def mlp(latent: int = 2, seed: int = 0) -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = torch.nn.Sequential(torch.nn.Linear(latent, 16), torch.nn.Tanh(), torch.nn.Linear(16, 8))
    return layers.double()


METRIC = lg.PullbackMetric(mlp())
PRECISION = lg.RBFPrecision.fit(Z, centres=6, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "saved.npz"


def again(file: Path, thing: Any, metric: lg.Metric | None = METRIC) -> Any:
    lg.save(file, thing)
    return lg.load(file, metric)


@pytest.mark.parametrize(
    "solver",
    [
        lg.SplineCurve(),
        lg.SplineCurve(certify=False),
        lg.GaussNewton(),
        lg.Georce(),
        lg.GraphPath(),
        lg.BVP(),
        lg.NeuralCurve(candidates=4, steps=5, generator=torch.Generator().manual_seed(0)),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_a_solution_comes_back_to_the_bit(file: Path, solver: lg.Solver) -> None:
    solution = lg.geodesic(METRIC, Z[:3], Z[3:6], solver)
    found = again(file, solution)
    for name in ("length", "length_error", "max_velocity", "residual", "iterations"):
        torch.testing.assert_close(getattr(found, name), getattr(solution, name), rtol=0, atol=0, equal_nan=True)
    assert found.outcome == solution.outcome
    assert torch.equal(found.curve(T), solution.curve(T))
    torch.testing.assert_close(found.velocity(T), solution.velocity(T), rtol=1e-12, atol=0)
    assert repr(found) == repr(solution)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_so_do_solutions_in_five_dimensions_of_unlike_scales(file: Path, scale: float) -> None:
    layers = mlp(5)
    units = torch.tensor([1.0, 1.0, scale, 1.0, 1.0], dtype=torch.float64)
    metric = lg.PullbackMetric(lambda z: layers(z / units))
    z = units * torch.randn(4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    solution = lg.geodesic(metric, z[:2], z[2:])
    assert torch.equal(again(file, solution, metric).curve(T), solution.curve(T))


def test_lines_and_paths_and_solutions_in_float32_too(file: Path) -> None:
    for solution in (
        lg.euclidean(METRIC, Z[:3], Z[3:6]),
        lg.path(METRIC, Z[:5]),
        lg.geodesic(METRIC, Z[:3].float(), Z[3:6].float()),
    ):
        found = again(file, solution)
        assert found.length.dtype is solution.length.dtype
        assert torch.equal(found.curve(T), solution.curve(T))


@pytest.mark.parametrize(
    "metric",
    [
        lg.GridMetric(METRIC, BOX, 33),
        lg.SmoothedMetric(METRIC, 0.3, rank=1),
        lg.ScaledMetric(METRIC, PRECISION),
        lg.SmoothedMetric(lg.GridMetric(METRIC, BOX, 33), 0.3),
        lg.SmoothedMetric(lg.ScaledMetric(METRIC, PRECISION), 0.3),
    ],
    ids=["cache", "smoothed", "scaled", "smoothed cache", "smoothed scaled"],
)
def test_metrics_come_back_to_the_bit(file: Path, metric: lg.Metric) -> None:
    found = again(file, metric)
    assert torch.equal(found(Z), metric(Z))
    assert repr(found) == repr(metric)
    ends = Z[:2] / 3, Z[2:4] / 3
    # under the metric of rank 1 hundreds of steps lead nowhere, and a few tell a difference as well
    few = lg.SplineCurve(intervals=16, doublings=0, rounds=0, max_iterations=10, polish=3)
    assert torch.equal(lg.geodesic(found, *ends, few).length, lg.geodesic(metric, *ends, few).length)


def test_what_holds_no_decoder_needs_none(file: Path) -> None:
    field = lg.distance_field(METRIC, Z[0], size=17, checks=0)
    assert torch.equal(again(file, field, None).distance, field.distance)
    assert torch.equal(again(file, PRECISION, None)(Z), PRECISION(Z))


def test_another_decoder_is_noticed(file: Path) -> None:
    lg.save(file, lg.geodesic(METRIC, Z[:3], Z[3:6]))
    with pytest.raises(ValueError, match="not the one that this was made of"):
        lg.load(file, lg.PullbackMetric(mlp(seed=1)))
    with pytest.raises(ValueError, match="give it: load"):
        lg.load(file)


def test_a_decoder_is_not_saved(file: Path) -> None:
    with pytest.raises(ValueError, match="save the decoder's weights"):
        lg.save(file, METRIC)
    assert not file.exists()


def test_what_cannot_be_saved_is_named(file: Path) -> None:
    with pytest.raises(ValueError, match=r"ScaledMetric.factor is a function"):
        lg.save(file, lg.ScaledMetric(METRIC, lambda z: z[:, 0].exp()))
    assert not list(file.parent.iterdir())


def test_a_failed_write_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lg.save(file, PRECISION)
    before = file.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space"):
        lg.save(file, lg.GridMetric(METRIC, BOX, 9))
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_other_files_are_refused_by_name(file: Path) -> None:
    for content in (b"", b"PK\x03\x04 no zip", b"text"):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"saved.npz: expected a file written by latentgeo.save"):
            lg.load(file)
    np.savez(file, header=np.array(json.dumps({"format": 99, "latentgeo": "9.9"})))
    with pytest.raises(ValueError, match=r"written by latentgeo 9.9"):
        lg.load(file)
    np.savez(file, header=np.array(json.dumps({"format": 1, "thing": {"object": 0}, "objects": [{"kind": "Popen"}]})))
    with pytest.raises(ValueError, match=r"Popen"):
        lg.load(file)
    np.savez(file, header=np.array([Hermite], dtype=object))
    with pytest.raises(ValueError, match=r"allow_pickle"):
        lg.load(file)
