"""Models and training states on disk: what is written is what is read, and a bad file gets one clear line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from latentgeo.generative import IWAE, TrainingSettings, TrainingState, fit
from replication.models.checkpoints import CheckpointError, load, load_state, save, save_state

SETTINGS = TrainingSettings(
    steps=150,
    batch=8,
    learning_rate=1e-2,
    samples=((0, 2),),
    validations=3,
    validation_samples=2,
    checkpoint_seconds=1e-9,
)


def model(seed: int = 0) -> IWAE:
    return IWAE(4, hidden=(5, 3), likelihood="gaussian", sigma=0.5, generator=torch.Generator().manual_seed(seed))


def data(rows: int) -> torch.Tensor:
    return torch.rand(rows, 4, generator=torch.Generator().manual_seed(rows))


def train(path: Path | None = None, resume: TrainingState | None = None) -> IWAE:
    """Train; with a path, keep the state in that file after every step, slowly enough to be killed between two."""

    def keep(state: TrainingState) -> None:
        if path is not None:
            save_state(path, state)
            time.sleep(0.02)

    trained = model()
    fit(trained, data(50), data(20), SETTINGS, torch.Generator().manual_seed(1), resume=resume, on_checkpoint=keep)
    return trained


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "seed0" / "model.safetensors"
    save(path, model(), {"config": {"train": {"steps": 3}}, "seed": 0})
    return path


def test_a_model_comes_back(saved: Path) -> None:
    found, expected = load(saved), model()
    assert found.architecture == expected.architecture
    for name, tensor in expected.state_dict().items():
        assert torch.equal(found.state_dict()[name], tensor)
    assert found.sigma == pytest.approx(0.5)


def test_the_json_holds_what_belongs_to_the_model(saved: Path) -> None:
    record = json.loads(saved.with_suffix(".json").read_text())
    assert record["seed"] == 0
    assert record["config"] == {"train": {"steps": 3}}
    assert record["architecture"]["hidden"] == [5, 3]
    assert sorted(path.name for path in saved.parent.iterdir()) == ["model.json", "model.safetensors"]


def test_the_same_model_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save(tmp_path / "again.safetensors", model(), {})
    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()


def test_a_state_comes_back(tmp_path: Path) -> None:
    states: list[TrainingState] = []
    settings = TrainingSettings(steps=3, batch=8, learning_rate=1e-2, validations=1, checkpoint_seconds=1e-9)
    fit(model(), data(50), data(20), settings, torch.Generator().manual_seed(1), on_checkpoint=states.append)
    for state in states:
        save_state(tmp_path / "state.safetensors", state)
        found = load_state(tmp_path / "state.safetensors")
        assert found.record == state.record
        assert found.tensors.keys() == state.tensors.keys()
        assert all(torch.equal(found.tensors[name], tensor) for name, tensor in state.tensors.items())
        assert all(found.tensors[name].dtype == tensor.dtype for name, tensor in state.tensors.items())


@pytest.mark.slow
def test_training_goes_on_after_kill_9_to_the_same_weights(tmp_path: Path) -> None:
    expected = train()
    path = tmp_path / "killed.safetensors"
    script = f"import {__name__.rpartition('.')[2]} as t, pathlib; t.train(pathlib.Path({str(path)!r}))"
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parent),
        "OMP_NUM_THREADS": str(torch.get_num_threads()),
    }
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    deadline = time.monotonic() + 60
    while not (path.exists() and load_state(path).record["step"] >= 20):
        assert process.poll() is None, "the training ended before it could be killed"
        assert time.monotonic() < deadline, "no state was written in time"
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    state = load_state(path)
    assert 20 <= state.record["step"] < SETTINGS.steps
    found = train(resume=state)
    assert all(torch.equal(tensor, expected.state_dict()[name]) for name, tensor in found.state_dict().items())


def test_a_truncated_file_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=r"model.safetensors: damaged or not safetensors \(\d+ bytes"):
        load(saved)
    with pytest.raises(CheckpointError, match="damaged or not safetensors"):
        load_state(saved)


def test_a_missing_file_is_named(saved: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none.safetensors: no such file"):
        load_state(saved.with_name("none.safetensors"))
    with pytest.raises(CheckpointError, match=r"none.json: no such file; it holds the architecture"):
        load(saved.with_name("none.safetensors"))
    saved.unlink()
    with pytest.raises(CheckpointError, match=r"model.safetensors: no such file"):
        load(saved)


def test_weights_of_another_shape_are_refused(saved: Path) -> None:
    change_architecture(saved, hidden=[5, 2])
    with pytest.raises(
        CheckpointError, match=r"weight 'encoder.0.weight' must be torch.float32 of shape \(2, 4\).*got.*\(3, 4\)"
    ):
        load(saved)


@pytest.mark.parametrize(("remove", "message"), [(True, "is missing"), (False, "has no place in the architecture")])
def test_weights_must_be_complete(saved: Path, remove: bool, message: str) -> None:
    tensors = load_file(saved)
    if remove:
        del tensors["log_sigma"]
    else:
        tensors["decoder.9.weight"] = torch.zeros(2)
    save_file(tensors, saved)
    with pytest.raises(CheckpointError, match=message):
        load(saved)


def test_weights_must_be_finite(saved: Path) -> None:
    tensors = load_file(saved)
    tensors["encoder.0.bias"][1] = torch.nan
    save_file(tensors, saved)
    with pytest.raises(CheckpointError, match=r"weight 'encoder.0.bias' holds a NaN"):
        load(saved)


def change_architecture(saved: Path, **changes: object) -> None:
    path = saved.with_suffix(".json")
    record = json.loads(path.read_text())
    record["architecture"] |= changes
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 3}, r"model.json: unknown architecture key 'depth'; expected: obs, latent, hidden"),
        ({"activation": "relu"}, "model.json: activation 'relu' is not smooth"),
        ({"likelihood": "poisson"}, "model.json: no likelihood 'poisson'"),
    ],
)
def test_an_architecture_that_cannot_be_built_is_refused(saved: Path, changes: dict, message: str) -> None:
    change_architecture(saved, **changes)
    with pytest.raises(CheckpointError, match=message):
        load(saved)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "model.json: not JSON"),
        ("{}", "model.json: expected the key 'architecture'"),
        ('{"architecture": 3}', "model.json: expected an architecture with the keys obs, latent"),
        ('{"architecture": {"latent": 2}}', "model.json: architecture key 'obs' is missing"),
    ],
)
def test_a_json_that_is_no_architecture_is_refused(saved: Path, text: str, message: str) -> None:
    saved.with_suffix(".json").write_text(text)
    with pytest.raises(CheckpointError, match=message):
        load(saved)


def test_a_model_is_no_training_state(saved: Path) -> None:
    with pytest.raises(CheckpointError, match="expected a training state"):
        load_state(saved)


@pytest.mark.parametrize(
    ("record", "message"),
    [("{", "the training record is not JSON"), ('{"step": 3}', "the training record lacks architecture, best_bound")],
)
def test_a_state_with_a_bad_record_is_refused(tmp_path: Path, record: str, message: str) -> None:
    path = tmp_path / "state.safetensors"
    save_file({"generator": torch.zeros(3, dtype=torch.uint8)}, path, {"record": record})
    with pytest.raises(CheckpointError, match=message):
        load_state(path)


def test_paths_and_extras_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in .safetensors; got .*model.pt"):
        save(tmp_path / "model.pt", model(), {})
    with pytest.raises(ValueError, match="may not hold the key 'architecture'"):
        save(tmp_path / "model.safetensors", model(), {"architecture": {}})
    assert not list(tmp_path.iterdir())
