"""A solver's own process: `python -m benchmarks.geodesic_bench.worker FOLDER SOLVER`, in the solver's environment.

It reads a line of JSON for each request and answers by one, with what it was asked or with `error`; what a library
prints goes to standard error. Nothing but torch, safetensors and the solver's library is imported.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from benchmarks.geodesic_bench import files, harness
from benchmarks.geodesic_bench.interface import Solver

__all__ = ["main"]

# seconds that a warm-up may take
WARM_UP = 10.0


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            solver = files.solver(name, folder)
            answer = _record(solver, **asked) if "case" not in asked else _rows(solver, **asked)
        except Exception as error:  # told to the one who asked, who waits
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _rows(solver: Solver, case: str, limit: float, repeat: int, threads: int) -> dict[str, Any]:
    """One turn; no rows where the solver leaves the case out."""
    if not solver.pairs_of(files.problem(case)):
        return {"rows": []}
    torch.set_num_threads(threads)
    if not repeat and solver.at_once is None:
        harness.run(solver, case, min(limit, WARM_UP), pairs=1, measured=False)
    return {"rows": harness.run(solver, case, limit, measured=not repeat)}


def _record(solver: Solver, threads: int) -> dict[str, Any]:
    """What the rows were made with."""
    installed = {one.metadata["Name"].lower(): one.version for one in metadata.distributions()}
    return {
        "library": solver.library,
        "setting": solver.setting,
        "role": solver.role,
        "call": solver.call,
        "requirements": list(solver.requirements),
        "version": installed.get(solver.library.lower(), ""),
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0]),
        "threads": threads,
        "python": platform.python_version(),
        **{package: installed.get(package, "") for package in ("torch", "numpy", "scipy")},
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
