"""Provenance: what made an artifact, written beside it as `<stage>.run.json` once the artifact is whole."""

import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from replication import artifacts

__all__ = ["Clock", "record"]

PACKAGES = ("torch", "numpy", "scipy", "snakemake", "dvc")


class Clock:
    """Wall and processor time since it was made."""

    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, Any]:
        """Start (UTC), wall seconds and this process's CPU seconds."""
        return {
            "started": self.started.isoformat(timespec="seconds"),
            "wall_seconds": round(time.perf_counter() - self._wall, 3),
            "cpu_seconds": round(time.process_time() - self._cpu, 3),
        }


def record(
    path: Path,
    *,
    stage: str,
    dataset: str | None,
    seed: int | None,
    settings: Mapping[str, Any],
    inputs: Mapping[str, Path],
    outputs: Mapping[str, Path],
    device: str,
    threads: int,
    clock: Clock,
    facts: Mapping[str, Any],
) -> None:
    """Write the record of one stage's run.

    Args:
        path: The `*.run.json` to write.
        inputs: What was read, by name; hashed.
        outputs: What was written, by name; hashed.
        facts: What the stage itself has to say, e.g. the data source.
    """
    artifacts.write_json(
        path,
        {
            "stage": stage,
            "dataset": dataset,
            "seed": seed,
            "commit": _commit(),
            "config_sha256": hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest(),
            "settings": settings,
            "device": device,
            "threads": threads,
            "machine": {
                "processor": platform.machine(),
                "system": platform.system(),
                "python": platform.python_version(),
            },
            "versions": {name: metadata.version(name) for name in PACKAGES},
            "time": clock.read(),
            "artifacts": {file.name: artifacts.sha256(file) for file in outputs.values()},
            "inputs": {str(file): artifacts.sha256(file) for file in inputs.values() if file.is_file()},
            **facts,
        },
    )


def _commit() -> str | None:
    """The checkout's commit, with `+changes` where tracked sources differ from it; None outside a checkout."""
    root = Path(__file__).parents[2]

    def git(*words: str) -> str:
        result = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
        return result.stdout.strip()

    try:
        changes = git("status", "--porcelain", "--untracked-files=no", "--", "src", "config", "rules", "Snakefile")
        return git("rev-parse", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None
