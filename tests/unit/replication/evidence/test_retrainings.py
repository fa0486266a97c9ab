"""Distances over models that were trained alike: which models, which pairs, how their spread is told, and the stage."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import latentgeo as lg
from latentgeo.generative import IWAE
from replication import tables
from replication.evidence import fits, retrainings
from replication.evidence.retrainings import METRICS
from replication.files import artifacts, needs
from replication.metrics import ensemble
from replication.models import checkpoints
from replication.stages import Job
from replication.stages import figure as figure_stage
from replication.stages import retrainings as stage
from replication.workflow import config
from replication_fixtures import INPUTS

SEEDS = [20, 21]
PAIRS = 6
# what the distances of the k-th model are multiplied by, and a part of its own in each pair, by metric
SCALES = np.linspace(0.8, 1.2, 2 * len(retrainings.models()))
NOISE = {"raw": 0.4, "smoothed": 0.3, "conformal": 0.02, "expected": 0.05, "ensemble": 0.2, "members": 0.01}


def frame(model: int) -> pd.DataFrame:
    """The latent distance has another unit in each model, and beside it the raw metric's much noise."""
    rng = np.random.default_rng(model)
    rows = []
    for metric in METRICS:
        for path in ("euclidean", "geodesic") if metric != "latent" else ("euclidean",):
            for pair in range(PAIRS):
                other = 0.1 if metric == "latent" else NOISE[metric] * (0.5 if path == "euclidean" else 1)
                row = {"pair": pair, "row0": 10 + pair, "row1": 40 + pair, "metric": metric, "path": path}
                row["length"] = SCALES[model] * (1 + pair) * (1 + other * (rng.random() - 0.5))
                row["follow"] = int(path == "geodesic" and (metric == "members" or pair % 2))
                row["outcome"] = "converged" if pair else "bounded"
                rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for at, (model, seed) in enumerate((model, seed) for model in retrainings.models() for seed in SEEDS):
        run = folder / model / f"seed{seed}"
        artifacts.write_csv(run / "retrainings.csv", frame(at))
        artifacts.write_json(run / "scores.json", {"data_source": "simulated"})
    return folder


def collected(results: Path) -> needs.Needs:
    return needs.collect(retrainings.NEEDS, results, list(retrainings.models()), SEEDS)


def test_the_retrained_models_are_trained_alike_and_are_ten() -> None:
    study = config.load({"profile": "study"})
    ours = [study["datasets"][name] for name in retrainings.models()]
    assert len(ours) * len(study["seeds"]) >= 10
    for section in ("loader", "data", "model", "train"):
        assert all(one[section] == ours[0][section] for one in ours)
    for key in ("retrainings", "lambda_multiplier", "encodings", "grid", "rank", "precision", "follow_radius"):
        assert all(one["geometry"][key] == ours[0]["geometry"][key] for one in ours)
    assert sum(bool(one["candidate"]) for one in ours) == 1
    # the central figure has the selected one among them, once
    assert len({*retrainings.models()} & {*fits.models()}) == 1


@pytest.mark.parametrize("file", sorted((config.FOLDER.parent / "results/study/selection").glob("pendulum.csv")))
def test_the_chosen_model_is_the_one_that_is_retrained(file: Path) -> None:
    rows = artifacts.read_csv(file)
    assert rows.loc[rows["chosen"], "model"].item() in retrainings.models()


def test_variation_is_that_of_the_scale_and_without_it_none() -> None:
    scale, base = np.array([1.0, 2.0, 3.0]), np.array([1.0, 5.0])
    lengths = scale[:, None] * base
    np.testing.assert_allclose(retrainings.variation(lengths), [0.5, 0.5])
    np.testing.assert_allclose(retrainings.variation(retrainings.without_scale(lengths)), 0, atol=1e-15)
    # the library has the same, for those who load torch
    lengths = np.random.default_rng(0).random((5, 7)) + 1
    for unscaled, ours in ((False, lengths), (True, retrainings.without_scale(lengths))):
        found = lg.coefficient_of_variation(lengths, without_scale=unscaled, generator=torch.Generator().manual_seed(0))
        np.testing.assert_allclose(found.per_pair.numpy(), retrainings.variation(ours), rtol=1e-12)


def test_a_row_a_metric_and_path_with_shares_and_intervals(results: Path) -> None:
    rows = retrainings.per_metric(collected(results)).set_index(["metric", "path"])
    assert len(rows) == 2 * len(METRICS) - 1
    assert (rows["models"] == len(SCALES)).all()
    assert (rows["pairs"] == PAIRS).all()
    members, ours = rows.loc[("members", "geodesic")], rows.loc[("ensemble", "geodesic")]
    assert (members["follow"], ours["follow"]) == (1.0, 0.5)
    assert (members["converged"], members["bounded"]) == (pytest.approx(5 / 6), pytest.approx(1 / 6))
    # the scale is in the one and not in the other
    assert members["cv"] == pytest.approx(SCALES.std(ddof=1) / SCALES.mean(), rel=0.05)
    assert members["cv_without_scale"] < 0.01
    assert members["steadier"] == 1.0
    assert rows.loc[("raw", "geodesic"), "steadier"] < 0.5
    for column in ("cv", "cv_without_scale", "steadier", "follow"):
        assert ((rows[f"{column}_low"] <= rows[column]) & (rows[column] <= rows[f"{column}_high"])).all()


def test_models_of_other_pairs_are_an_error() -> None:
    other = frame(1).assign(row1=lambda rows: rows["row1"] + 1)
    with pytest.raises(ValueError, match="expected the same pairs of rows in every model"):
        retrainings.lengths([frame(0), other], "raw", "geodesic")


def test_table_and_figure(results: Path, tmp_path: Path) -> None:
    built = tables.load("tab13_retrainings").build(collected(results))
    assert built["metric"].iloc[-1] == "ensemble, members drawn"
    settings = {"name": "fig24_retrainings", "results": str(results), "datasets": list(retrainings.models())}
    outputs = {"png": tmp_path / "a.png", "pdf": tmp_path / "a.pdf"}
    figure_stage.run(Job(settings={**settings, "seeds": SEEDS}, inputs=INPUTS, outputs=outputs))
    assert outputs["png"].read_bytes().startswith(b"\x89PNG")


def test_pairs_depend_on_the_data_alone() -> None:
    pairs = stage.fixed_pairs(50, 30, "pendulum")
    assert torch.equal(pairs, stage.fixed_pairs(50, 30, "pendulum"))
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert not torch.equal(pairs, stage.fixed_pairs(50, 30, "robot_arm"))


SETTINGS: dict[str, Any] = {
    "encodings": 50,
    "grid": {"size": 24, "map": 10, "margin": 0.5},
    "lambda_multiplier": 10.0,
    "rank": 2,
    "precision": {"centres": 8, "kappa": 20.0},
    "follow_radius": 0.35,
    "retrainings": {"pairs": 3, "metrics": ["raw", "ensemble"], "points": 16},
}


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A random small model on points of a noisy circle, and quickly fitted ensembles."""
    monkeypatch.setattr(ensemble, "defaults", lambda space: {"members": 2, "steps": 20})
    draw = torch.Generator().manual_seed(3)
    angle, ring_angle = torch.rand(60, generator=draw) * 2 * torch.pi, torch.arange(40) * 2 * torch.pi / 40

    def observe(angle: torch.Tensor) -> np.ndarray:
        return torch.stack([angle.cos(), angle.sin(), (2 * angle).cos()], dim=1).numpy()

    arrays = {"train": observe(angle), "valid": observe(angle[:5]), "test": observe(angle), "ring": observe(ring_angle)}
    artifacts.write_npz(tmp_path / "ring.npz", **arrays, angle_test=angle.numpy(), ring_angle=ring_angle.numpy())
    artifacts.write_json(tmp_path / "ring.json", {"loader": "pendulum", "data_source": "simulated"})
    model = IWAE(obs=3, latent=2, hidden=[8], activation="tanh", likelihood="gaussian", generator=draw)
    checkpoints.save(tmp_path / "model.safetensors", model, {})
    return {"model": tmp_path / "model.safetensors", "data": tmp_path / "ring.npz"}


def test_the_stage_measures_the_same_pairs_with_an_ensemble_of_its_own(inputs: dict[str, Path], tmp_path: Path) -> None:
    found = {}
    for name in ("first", "again"):
        outputs = {"retrainings": tmp_path / name / "retrainings.csv"}
        stage.run(Job(dataset=name, seed=0, settings=SETTINGS, inputs=inputs, outputs=outputs))
        found[name] = artifacts.read_csv(outputs["retrainings"])
    first, again = found["first"], found["again"]
    paths = {"latent": 1, "raw": 3, "ensemble": 3, "members": 3}
    assert first.groupby("metric")["path"].nunique().to_dict() == paths
    for column in ("pair", "row0", "row1", "distance"):
        assert (first[column] == again[column]).all()
    # the same model, hence the same distances but for what is fitted anew
    fitted = first["metric"].isin(["ensemble", "members"])
    assert (first["length"] == again["length"])[~fitted].all()
    assert (first["length"] != again["length"])[fitted].all()
    # all that a row is of, of the last pair
    latent = first[(first["metric"] == "latent") & (first["pair"] == 2)].squeeze()
    space = stage.open_latent_space(inputs["model"], inputs["data"], SETTINGS)
    ends = space.encodings[stage.fixed_pairs(50, 3, "pendulum")[2]]
    assert latent["length"] == pytest.approx(float((ends[1] - ends[0]).norm()))
    assert [latent["row0"], latent["row1"]] == space.rows[stage.fixed_pairs(50, 3, "pendulum")[2].numpy()].tolist()


def test_the_drawn_curve_is_sought_from_the_best_known(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, solve = [], lg.ensemble_geodesic

    def noted(members, z0, z1, points, *, start):
        calls.append((members, start, solve(members, z0, z1, points, start=start)))
        return calls[-1][2]

    monkeypatch.setattr(lg, "ensemble_geodesic", noted)
    outputs = {"retrainings": tmp_path / "retrainings.csv"}
    stage.run(Job(dataset="one", seed=0, settings=SETTINGS, inputs=inputs, outputs=outputs))
    ((members, starts, found),) = calls
    # the line, and the geodesics of both metrics
    assert [start.shape for start in starts] == [(3, 16, 2)] * 3
    line = torch.lerp(starts[0][:, :1], starts[0][:, -1:], torch.linspace(0, 1, 16, dtype=torch.float64)[:, None])
    torch.testing.assert_close(starts[0], line)
    known = torch.stack([lg.ensemble_energy(members, start) for start in starts])
    assert (found.energy <= known.amin(0)).all()
    rows = artifacts.read_csv(outputs["retrainings"])
    solved = rows[(rows["metric"] == "members") & (rows["path"] == "geodesic")]
    assert solved["length"].to_numpy() == pytest.approx(found.length.numpy())


def test_what_is_trained_again_is_the_chosen_one() -> None:
    study = config.load({"profile": "study"})["datasets"]
    chosen = study[fits.SELECTED["pendulum"]]
    assert fits.SELECTED["pendulum"] in retrainings.models()
    assert all(study[name][part] == chosen[part] for name in retrainings.models() for part in ("model", "train"))
    assert len(retrainings.models()) * len(config.load({"profile": "study"})["seeds"]) >= 10
