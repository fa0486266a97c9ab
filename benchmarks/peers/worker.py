"""What runs in a library's own process."""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from benchmarks.peers import cases, harness

__all__ = ["record", "settings", "work"]

# seconds that a warm-up may take
_WARM_UP = 10.0


def settings(library: str) -> list[str]:
    return list(harness.settings(library))


def work(library: str, setting: str, case: str, limit: float, repeat: int, threads: int) -> list[dict[str, Any]]:
    """Rows of one library's turn; none where the setting leaves the case out."""
    chosen, problem = harness.settings(library)[setting], cases.load(case)
    if not chosen.pairs_of(problem):
        return []
    torch.set_num_threads(threads)
    if not repeat and chosen.at_once is None:
        harness.run(library, setting, case, min(limit, _WARM_UP), pairs=1, measured=False)
    named: dict[str, Any] = {
        "library": library,
        "setting": setting,
        "role": chosen.role,
        "case": case,
        "group": problem.group,
        "latent": problem.z0.shape[1],
        "batch": chosen.at_once is None,
        "repeat": repeat,
    }
    return [named | row for row in harness.run(library, setting, case, limit, measured=not repeat)]


def record(library: str, threads: int) -> dict[str, Any]:
    """What a library's rows were made with."""
    distribution = harness.distribution(library)
    return {
        "distribution": distribution,
        "version": metadata.version(distribution),
        "settings": {name: setting.call for name, setting in harness.settings(library).items()},
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0]),
        "threads": threads,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in ("torch", "numpy", "scipy")},
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
