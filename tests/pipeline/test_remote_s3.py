"""Artifacts through an object store: pushed from one clone, pulled into another, equal to the byte.

The store is moto's server, which speaks S3 on this machine; the extra `s3` installs it and DVC's part. The stages are
those of our dvc.yaml for one data set, so that every kind of out is among them: folders, files, and files kept in git.
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import yaml

from tiny_project import pipeline_of
from workflow_fixtures import ROOT

MISSING = [name for name in ("moto", "flask", "dvc_s3") if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; pip install '.[s3]'"),
]

BUCKET = "artifacts"
Shell = Callable[..., str]


@pytest.fixture
def store() -> Iterator[str]:
    """The address of an S3 server with an empty bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(url, server)
        requests.put(f"{url}/{BUCKET}", timeout=10).raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a command in a folder, away from the user's own git, DVC and cloud settings; returns what it printed."""
    home = tmp_path / "home"
    home.mkdir()
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIT_", "DVC_"))}
    env = {**mine, "HOME": str(home), "XDG_CACHE_HOME": str(home), "DVC_NO_ANALYTICS": "1", "NO_PROXY": "127.0.0.1"}
    env |= {"DVC_SITE_CACHE_DIR": str(home / "site"), "DVC_GLOBAL_CONFIG_DIR": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}

    def run(folder: Path, *words: str) -> str:
        dvc = [sys.executable, "-m", "dvc"] if words[0] == "dvc" else [words[0]]
        done = subprocess.run([*dvc, *words[1:]], cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def test_what_one_clone_pushes_another_pulls(tmp_path: Path, store: str, shell: Shell) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    shell(origin, "git", "init", "--quiet")
    shell(origin, "dvc", "init", "--quiet")
    for name in (".dvc/config", ".dvcignore", ".gitignore"):
        (origin / name).write_bytes((ROOT / name).read_bytes())
    shell(origin, "dvc", "remote", "add", "--default", "store", f"s3://{BUCKET}/replication")
    shell(origin, "dvc", "remote", "modify", "store", "endpointurl", store)
    made = _make_artifacts(origin)
    shell(origin, "dvc", "commit", "--force", "--quiet")
    shell(origin, "git", "add", "--all", ".")
    shell(origin, "git", "commit", "--quiet", "--message", "artifacts")
    shell(origin, "dvc", "push", "--quiet")

    shell(tmp_path, "git", "clone", "--quiet", str(origin), str(clone))
    kept_in_git = {name for name in made if (clone / name).exists()}
    assert kept_in_git == {name for name in made if name.endswith(("scores.json", "verdict.csv", "index.md"))}
    shell(clone, "dvc", "pull", "--quiet")
    assert {name: (clone / name).read_bytes() for name in made if (clone / name).is_file()} == made
    assert "up to date" in shell(clone, "dvc", "status")
    assert "in sync" in shell(clone, "dvc", "status", "--cloud")


def _make_artifacts(folder: Path) -> dict[str, bytes]:
    """Our dvc.yaml for one data set, and random files where its outs are; returns the files by name."""
    pipeline = pipeline_of(["pendulum"], [0])
    for stage in pipeline["stages"].values():
        stage["deps"] = []
    (folder / "dvc.yaml").write_text(yaml.safe_dump(pipeline))
    outs = [next(iter(out)) for stage in pipeline["stages"].values() for out in stage["outs"]]
    files = [out for out in outs if Path(out).suffix]
    # of those that are folders, whose files the workflow names
    run = "results/paper/pendulum/seed0"
    files += [f"{run}/{name}" for name in ("model.safetensors", "pairs.csv", "scores.json")]
    files += ["data/raw/pendulum/source.json", "data/processed/paper/pendulum.npz"]
    files += ["results/paper/records/verdict.run.json", "paper_figures/index.md"]
    # JSON, since DVC reads the metrics; no two alike, so that none is stored for another
    made = {name: json.dumps({"noise": os.urandom(500).hex()}).encode() for name in files}
    for name, content in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return made


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(url, timeout=5)
            return
        except requests.ConnectionError:
            assert server.poll() is None, f"the S3 server ended with {server.returncode}"
            assert time.monotonic() < deadline, f"no answer from {url}"
            time.sleep(0.1)
