"""A clean copy of the workflow to run Snakemake in."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Run", "Smoke", "copy_workflow", "really_imported", "workflow_in"]

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
    return workflow_in(folder)


def workflow_in(folder: Path) -> Run:
    """A function that runs Snakemake on a copy's own sources."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(folder / "src"), **environment}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        command = [sys.executable, "-m", "snakemake", *words]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)

    return run


def really_imported(entries: Iterable[Sequence[str]]) -> list[set[str]]:
    """What a fresh interpreter has loaded of ours once it has imported the modules of each group; without `__init__`s.

    The interpreters are forks of one that has loaded what is not ours.
    """
    lines = [" ".join(modules) for modules in entries]
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT],
        input="\n".join(lines),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(loaded) == len(lines), done.stderr
    return [
        {str(Path(file).relative_to(ROOT)) for file in files if not file.endswith("__init__.py")} for files in loaded
    ]


_IMPORT = """
import dis, importlib, json, os, sys, types
import matplotlib.pyplot, pandas, scipy.optimize, torch

def use(code):
    # the library's face imports a name when it is used: lg.name, wherever in the code
    steps = list(dis.get_instructions(code))
    for before, step in zip(steps, steps[1:]):
        if before.argval == "lg" and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            getattr(sys.modules["latentgeo"], step.argval)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            use(inner)

for line in sys.stdin:
    if os.fork() == 0:
        for name in line.split():
            importlib.import_module(name)
        for name in [name for name in sys.modules if name.split(".")[0] == "replication"]:
            file = sys.modules[name].__file__
            use(compile(open(file).read(), file, "exec"))
        ours = [name for name in sys.modules if name.split(".")[0] in ("latentgeo", "replication")]
        print(json.dumps([sys.modules[name].__file__ for name in ours]), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"cannot import {line}")
"""
