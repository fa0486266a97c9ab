"""A clean copy of the workflow, and one smoke run in it that several tests look at."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "rules", "config", "profiles", "envs", "src")

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Smoke:
    """A finished smoke run: its folder, what it printed, and whether it had real data."""

    folder: Path
    printed: str
    real: bool
    run: Run


def copy_workflow(folder: Path) -> Run:
    """Copy what a clone has of the workflow; returns a function that runs Snakemake on the copy's own sources."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(folder / "src"), **environment}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        command = [sys.executable, "-m", "snakemake", *words]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def workflow(tmp_path: Path) -> tuple[Path, Run]:
    """A clean copy to break, and how to run it."""
    return tmp_path, copy_workflow(tmp_path)


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    """The smoke profile, on real data where REPLICATION_MIRROR has them and on the stand-ins otherwise."""
    folder = tmp_path_factory.mktemp("smoke")
    run = copy_workflow(folder)
    real = bool(os.environ.get("REPLICATION_MIRROR"))
    done = run("--cores", "2", "--config", "profile=smoke", f"standin={'never' if real else 'always'}")
    assert done.returncode == 0, done.stderr[-5000:]
    return Smoke(folder, done.stdout + done.stderr, real, run)
