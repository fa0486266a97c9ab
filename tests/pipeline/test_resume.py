"""A training stage that is killed goes on from its checkpoint, to the same weights as one that was left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from replication.files import artifacts

pytestmark = pytest.mark.slow

SETTINGS = {
    "model": {"latent": 2, "hidden": [16], "activation": "tanh", "likelihood": "gaussian"},
    "train": {"steps": 1000, "batch": 50, "learning_rate": 1e-3, "samples": [[0, 5]], "checkpoint_seconds": 0.1},
}


def command(folder: Path, data: Path) -> list[str]:
    words = [sys.executable, "-m", "replication", "train", "--dataset", "toy", "--seed", "1"]
    words += ["--settings", json.dumps(SETTINGS), "--input", f"data={data}"]
    words += ["--input", f"meta={data.with_suffix('.json')}"]
    names = {"model": "model.safetensors", "architecture": "model.json", "history": "training.csv"}
    for name, file in names.items():
        words += ["--output", f"{name}={folder / file}"]
    return [*words, "--run", str(folder / "train.run.json")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32)
    artifacts.write_npz(tmp_path / "toy.npz", train=rows[:300], valid=rows[300:350], test=rows[350:])
    artifacts.write_json(tmp_path / "toy.json", {"data_source": "simulated"})
    return tmp_path / "toy.npz"


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, data: Path, sent: signal.Signals) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run(command(whole, data), check=True, capture_output=True)

    stage = subprocess.Popen(command(broken, data), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(broken.glob("training_state.*.safetensors")):
        assert time.monotonic() < deadline
        assert stage.poll() is None
        time.sleep(0.02)
    os.kill(stage.pid, sent)
    assert stage.wait() == (-signal.SIGKILL if sent is signal.SIGKILL else 130)
    assert not (broken / "model.safetensors").exists()

    resumed = subprocess.run(command(broken, data), check=True, capture_output=True, text=True)
    assert "done" in resumed.stderr
    assert artifacts.sha256(broken / "model.safetensors") == artifacts.sha256(whole / "model.safetensors")
    assert not list(broken.glob("training_state.*"))
    left, right = (artifacts.read_csv(folder / "training.csv").drop(columns="seconds") for folder in (whole, broken))
    assert left.equals(right)
