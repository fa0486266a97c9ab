"""The explorer's stage on the models of test_geometry: what it shows, of which data sets, with which words."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from latentgeo.generative import IWAE
from replication import stages
from replication.files import artifacts
from replication.models import checkpoints
from replication.stages import Job

REPORTED = Path(__file__).parents[4] / "config" / "reported.yaml"
GEOMETRY: dict[str, Any] = {
    "encodings": 40,
    "grid": {"size": 16, "map": 7, "margin": 0.25},
    "lambda_multiplier": 10.0,
    "rank": 2,
    "precision": {"centres": 4, "kappa": 10.0},
}
PIXELS = 16


def write_model(folder: Path, loader: str, name: str) -> None:
    """An untrained model of 4 x 4 images on a circle, and a shown pair."""
    model = IWAE(obs=PIXELS, latent=2, hidden=[8], likelihood="gaussian")
    results, data = folder / "results" / "smoke" / name / "seed3", folder / "data" / "processed" / "smoke"
    checkpoints.save(results / "model.safetensors", model, {})
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    rows = np.outer(np.cos(angle), np.ones(PIXELS)) + np.outer(np.sin(angle), np.linspace(-1, 1, PIXELS))
    rows = rows.astype(np.float32)
    artifacts.write_npz(data / f"{name}.npz", train=rows, valid=rows, test=rows, angle_test=angle)
    facts = {"loader": loader, "data_source": "standin", "obs_shape": [4, 4]}
    artifacts.write_json(data / f"{name}.json", facts)
    with torch.no_grad():
        ends = model.encode(torch.as_tensor(rows[[0, 20]]))[0].double().numpy()
    artifacts.write_npz(results / "geodesics.npz", z0=ends[:1], z1=ends[1:])


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.chdir(tmp_path)
    write_model(tmp_path, "pendulum", "pendulum")
    write_model(tmp_path, "pendulum", "pendulum_underfitted")
    columns = ["paper", "ours", "ci_low", "ci_high", "shortest", "shortest_low", "shortest_high"]
    row = {"item": "pendulum_mean_euclidean", "dataset": "pendulum", "verdict": "partly", "shortest_verdict": np.nan}
    artifacts.write_csv(tmp_path / "verdict.csv", pd.DataFrame([row | dict.fromkeys(columns, 0.5)]))
    names = ["pendulum", "pendulum_underfitted"]
    settings = {key: dict.fromkeys(names, value) for key, value in GEOMETRY.items()}
    settings |= {"results": "results/smoke", "datasets": names, "seeds": [4, 3]}
    inputs = {"reported": REPORTED, "verdict": tmp_path / "verdict.csv"}
    return Job(settings=settings, inputs=inputs, outputs={"explorer": tmp_path / "explorer.html"})


def test_the_first_seed_of_data_sets_that_are_no_variants_is_shown(job: Job) -> None:
    assert stages.load("explorer").run(job) == {"shown": ["pendulum"]}
    text = job.outputs["explorer"].read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" class="payload"[^>]*>(.*?)</script>', text, re.DOTALL)
    part = json.loads(found)
    assert part["name"] == "Pendulum"
    assert part["metric"]["begin"] == "conformal"
    assert [one["name"] for one in part["metric"]["shown"]] == ["raw", "smoothed", "conformal"]
    assert part["frames"]["shape"] == [1, 4, 4]
    assert (part["labels"]["kind"], part["labels"]["name"]) == ("phase", "angle")
    half = "0.500 [0.500, 0.500]"
    claim = "Mean length of the Euclidean line over 100 pairs"
    assert part["note"]["rows"] == [[claim, "0.500", half, half, "partly"]]
    assert "STAND-IN" in part["about"]


def test_what_it_reads_beside_its_inputs_is_listed(job: Job) -> None:
    found = {str(file) for file in stages.reads("explorer", job)}
    assert "results/smoke/pendulum/seed3/model.safetensors" in found
    assert "data/processed/smoke/pendulum.npz" in found
    assert not any("underfitted" in file for file in found)
