"""A clean copy of the workflow to run Snakemake in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Run", "Smoke", "copy_workflow", "file_of"]

ROOT = Path(__file__).parents[1]
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


def file_of(module: str) -> str:
    """The file of one of our modules, relative to the repository."""
    path = Path("src", *module.split("."))
    return str(path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py"))
