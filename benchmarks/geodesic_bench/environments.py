"""An environment for each set of requirements, made by venv and pip when it is first needed; no conda."""

import hashlib
import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.geodesic_bench.files import HERE
from benchmarks.geodesic_bench.interface import Solver

__all__ = ["ENVIRONMENTS", "python"]

ENVIRONMENTS = HERE.parents[1] / "build" / "geodesic_bench"
# what the worker itself imports
_WORKER = ("safetensors",)


def python(solver: Solver, folder: Path = ENVIRONMENTS) -> Path:
    """The interpreter for a solver: this one where it requires nothing, else that of its environment.

    Solvers of the same requirements share one. $TORCH_ARGS says where torch comes from, as for `make setup`.

    Raises:
        subprocess.CalledProcessError: pip could not install them.
    """
    if not solver.requirements:
        return Path(sys.executable)
    lines = [*solver.requirements, *_WORKER]
    home = folder / hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    interpreter = home / "bin" / "python"
    if not (home / "installed").is_file():
        venv.create(home, clear=True, with_pip=True)
        wanted = home / "requirements.txt"
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if torch := [line for line in lines if line.startswith("torch==")]:
            subprocess.run([*pip, *torch, *shlex.split(os.environ.get("TORCH_ARGS", ""))], check=True)
        subprocess.run([*pip, "--requirement", str(wanted)], check=True)
        (home / "installed").touch()
    return interpreter
