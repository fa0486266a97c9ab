"""One stage on a machine that fails it: exit code 1, one line that names the thing, no artifact; then all is well.

The faulty run is the command line's own process; the same command without the fault runs in this one, which is cheaper.
"""

import hashlib
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from replication.__main__ import main
from replication.files import artifacts
from replication.models import checkpoints

DATA = {"images": 300, "size": 6, "noise": 0.05, "noise_reading": "std", "blob_radius": 0.5, "blob_std": 0.4}
DATA |= {"ring": 40, "valid": 0.1, "test": 0.2}
MODEL = {"latent": 2, "hidden": [128], "activation": "tanh", "likelihood": "gaussian"}
TRAIN = {"steps": 60, "batch": 50, "learning_rate": 1e-3, "samples": [[0, 5]], "checkpoint_seconds": 1e9}
GEOMETRY = {
    "encodings": 40,
    "grid": {"size": 8, "map": 8, "margin": 0.15},
    "lambda_multiplier": 1,
    "rank": 2,
    "precision": {"centres": 4, "kappa": 10.0},
}
pytestmark = pytest.mark.slow
PROGRESS = re.compile(r"\d+%\||: step \d+ after ")
WEIGHTS = ["model.safetensors", "model.json", "training.csv"]


def words(stage: str, settings: dict[str, Any], inputs: dict[str, Path], outputs: dict[str, Path]) -> list[str]:
    """A stage's command line."""
    line = [stage, "--dataset", "pendulum", "--seed", "0", "--settings", json.dumps(settings)]
    line += [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
    return [*line, *(word for name, path in outputs.items() for word in ("--output", f"{name}={path}"))]


def preprocess(source: Path, out: Path, **changes: Any) -> list[str]:
    outputs = prepared(out)
    settings = {"loader": "pendulum", "data": DATA | changes}
    return words("preprocess", settings, {"source": source / "source.json"}, outputs)


def prepared(folder: Path) -> dict[str, Path]:
    return {"data": folder / "pendulum.npz", "meta": folder / "pendulum.json"}


def train(source: Path, out: Path, **changes: Any) -> list[str]:
    outputs = dict(zip(("model", "architecture", "history"), (out / name for name in WEIGHTS), strict=True))
    return words("train", {"model": MODEL, "train": TRAIN | changes}, prepared(source), outputs)


def grid(source: Path, out: Path) -> list[str]:
    inputs = {"model": source / "model.safetensors", "architecture": source / "model.json", **prepared(source)}
    return words("grid", GEOMETRY, inputs, {"grid": out / "metric_grid.npz"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set and a model of it."""
    folder = tmp_path_factory.mktemp("made")
    artifacts.write_json(folder / "source.json", {"kind": "simulated", "reason": None, "files": {}, "missing": []})
    for command in (preprocess(folder, folder), train(folder, folder)):
        assert main(command) == 0
    return folder


def replication(line: list[str], before: str = "") -> subprocess.CompletedProcess[str]:
    """Run `python -m replication` with these words, after some statements that limit the process."""
    program = f"import resource, runpy, sys\n{before}\nsys.argv[0] = 'replication'\n"
    program += "runpy.run_module('replication', run_name='__main__')"
    return subprocess.run([sys.executable, "-c", program, *line], capture_output=True, text=True, check=False)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed run printed, progress apart."""
    assert done.returncode == 1, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if not PROGRESS.search(line)]
    return line


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small tmpfs, or mounts it anew with other options."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = False

    def mount(options: str) -> Path:
        nonlocal mounted
        if shutil.which("mount") is None:
            pytest.skip("no mount command: no small disk to fill")
        line = ["mount", "-t", "tmpfs", "-o", f"remount,{options}" if mounted else options, "tmpfs", str(folder)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no tmpfs may be mounted here: {done.stderr.strip()}")
        mounted = True
        return folder

    yield mount
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_under_preprocess_and_its_log(made: Path, disk: Callable[[str], Path]) -> None:
    folder = disk("size=16k")
    line = [*preprocess(made, folder), "--log", str(folder / "log")]
    said = complaint(replication(line))
    assert said == f"preprocess pendulum seed 0: [Errno 28] No space left on device: '{folder / 'pendulum.npz'}'"
    assert [path.name for path in folder.iterdir()] == ["log"]
    disk("size=2m")
    assert main(line) == 0
    assert artifacts.sha256(folder / "pendulum.npz") == artifacts.sha256(made / "pendulum.npz")


def test_a_full_disk_under_train(made: Path, disk: Callable[[str], Path]) -> None:
    folder = disk("size=16k")
    said = complaint(replication(train(made, folder)))
    assert said.endswith(f"[Errno 28] No space left on device: '{folder / 'model.safetensors'}'")
    assert not list(folder.iterdir())
    disk("size=2m")
    assert main(train(made, folder)) == 0
    assert artifacts.sha256(folder / "model.safetensors") == artifacts.sha256(made / "model.safetensors")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_full_disk_under_a_download(
    tmp_path: Path, disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    content = np.random.default_rng(0).bytes(300_000)
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "digits").write_bytes(content)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "public")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        folder = disk("size=128k")
        files = {"digits": hashlib.sha256(content).hexdigest()}
        place = {"folder": "place", "url": f"http://127.0.0.1:{server.server_port}", "files": files}
        settings = {"data": {"sources": [place]}, "standin": "auto"}
        line = ["fetch", "--dataset", "mnist", "--settings", json.dumps(settings)]
        line += ["--output", f"source={folder / 'source.json'}"]
        said = complaint(replication(line))
        assert said == f"fetch mnist: [Errno 28] No space left on device: '{folder / 'digits.part'}'"
        assert [path.name for path in folder.iterdir()] == ["digits.part"]
        disk("size=2m")
        assert main(line) == 0
        assert (folder / "digits").read_bytes() == content
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_read_only_folder_is_found_before_the_work(made: Path, disk: Callable[[str], Path]) -> None:
    folder = disk("size=2m")
    (folder / "metric_grid.npz").write_bytes(b"of an earlier run")
    disk("ro")
    said = complaint(replication(grid(made, folder)))
    assert said == f"grid pendulum seed 0: [Errno 30] Read-only file system: '{folder}'"
    log = complaint(replication([*grid(made, folder.parent / "elsewhere"), "--log", str(folder / "logs" / "grid.log")]))
    assert log == f"grid pendulum seed 0: [Errno 30] Read-only file system: '{folder / 'logs'}'"
    assert (folder / "metric_grid.npz").read_bytes() == b"of an earlier run"
    disk("rw,size=2m")
    assert main(grid(made, folder)) == 0
    assert artifacts.read_npz(folder / "metric_grid.npz")["z"].shape == (8, 8, 2)


def test_a_limit_on_file_sizes_under_a_checkpoint(made: Path, tmp_path: Path) -> None:
    line = train(made, tmp_path, checkpoint_seconds=1e-9)
    said = complaint(replication(line, "resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))"))
    assert re.fullmatch(rf"train .*File too large: '{tmp_path}/training_state\.\w+\.safetensors'", said)
    assert not list(tmp_path.iterdir())
    assert main(line) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(WEIGHTS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's address space and limits it")
def test_no_memory(made: Path, tmp_path: Path) -> None:
    line = preprocess(made, tmp_path, images=10_000, size=16)
    limit = """
import replication.workflow.provenance, replication.workflow.progress
import replication.stages.preprocess, replication.datasets.pendulum
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (16 << 20),) * 2)
"""
    said = complaint(replication(line, limit))
    assert said.startswith("preprocess pendulum seed 0: Unable to allocate 19.5 MiB for an array")
    assert not list(tmp_path.iterdir())
    assert main(line) == 0
    assert artifacts.read_npz(tmp_path / "pendulum.npz")["train"].shape == (7000, 256)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's address space and limits it")
def test_no_memory_for_a_library(made: Path, tmp_path: Path) -> None:
    limit = """
import replication.workflow.provenance, replication.workflow.progress
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)
"""
    said = complaint(replication(train(made, tmp_path), limit))
    assert re.match(r"train pendulum seed 0: \S+\.so\S*: .*(map|memory)", said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("stage", "array"), [(train, "valid"), (grid, "test")], ids=["train", "grid"])
def test_a_nan_in_the_data(made: Path, tmp_path: Path, stage: Callable[..., list[str]], array: str) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    shutil.copytree(made, source)
    arrays = artifacts.read_npz(source / "pendulum.npz")
    arrays[array][7, 3] = np.nan
    artifacts.write_npz(source / "pendulum.npz", **arrays)
    said = complaint(replication(stage(source, out)))
    expected = f"{source / 'pendulum.npz'}: expected finite numbers; row 7 of '{array}' holds a NaN or an infinity"
    assert said == f"{stage.__name__} pendulum seed 0: {expected}"
    assert not list(out.iterdir())
    shutil.copy(made / "pendulum.npz", source)
    assert main(stage(source, out)) == 0


def test_a_nan_in_the_settings_makes_no_data(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(preprocess(made, tmp_path, noise=float("nan"))) == 1
    assert re.fullmatch(r"preprocess .*row 0 of 'train' holds a NaN or an infinity\n", capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def test_a_training_that_runs_into_nan(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(train(made, tmp_path, learning_rate=1e30)) == 1
    errors = capsys.readouterr().err.splitlines()
    assert re.search(r"train pendulum seed 0: the .*bound is -?(nan|inf) .*step \d+ of 60", errors[-1])
    assert not list(tmp_path.iterdir())
    assert main(train(made, tmp_path)) == 0


def test_a_device_that_is_not_there(made: Path, tmp_path: Path) -> None:
    line = train(made, tmp_path)
    absent = f"cuda:{torch.cuda.device_count()}"
    said = complaint(replication([*line, "--device", absent]))
    assert said.startswith(f"train pendulum seed 0: device '{absent}' cannot be used (")
    assert said.endswith("; device cpu always can")
    assert not list(tmp_path.iterdir())
    assert main(line) == 0


def test_a_device_that_vanishes_while_training(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As torch reports it: an error of several lines in whatever operation comes next."""
    line = train(made, tmp_path, checkpoint_seconds=1e-9)
    save = checkpoints.save_state

    def vanish(path: Path, state: Any) -> None:
        save(path, state)
        if state.record["step"] == 30:
            raise RuntimeError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later.\n")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_state", vanish)
        assert main(line) == 1
    assert capsys.readouterr().err == (
        "train pendulum seed 0: CUDA error: unspecified launch failure CUDA kernel errors might be reported later.\n"
    )
    (state,) = tmp_path.iterdir()
    assert checkpoints.load_state(state).record["step"] == 30
    assert main(line) == 0
    assert artifacts.sha256(tmp_path / "model.safetensors") == artifacts.sha256(made / "model.safetensors")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(WEIGHTS)
