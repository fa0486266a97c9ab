"""Provenance: what made an artifact, written beside it as `<stage>.run.json` once the artifact is whole.

A record has the hashes of all that its artifacts depend on (settings, sources, inputs) and of the artifacts: whether an
artifact is the one that is asked for is decided by these, not by the files' times. A source's hash is that of its code
alone, see `code_hash`.
"""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from replication.files import artifacts
from replication.workflow.code_hash import code_sha256
from replication.workflow.machine import machine

__all__ = ["Asked", "Clock", "Hashes", "record", "why_stale"]

PACKAGES = ("torch", "numpy", "scipy", "snakemake", "dvc")


Digest = Callable[[Path], str]


class Hashes:
    """Hashes of files, each of which is read once: of their bytes, or by another digest."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, Digest], str] = {}

    def of(self, path: Path, digest: Digest = artifacts.sha256) -> str:
        if (path, digest) not in self._known:
            self._known[path, digest] = digest(path)
        return self._known[path, digest]

    def all(self, paths: Iterable[Path], digest: Digest = artifacts.sha256) -> dict[str, str]:
        """By path; what is no file is left out."""
        return {str(path): self.of(path, digest) for path in paths if path.is_file()}


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


@dataclass(frozen=True)
class Asked:
    """All that the artifacts of a stage's run are determined by, up to the versions of the packages.

    Attributes:
        inputs: What the stage reads; None stands for what it did read, at the same places.
        sources: The modules that the stage imports, see `dependencies.closure`.
    """

    stage: str
    dataset: str | None
    seed: int | None
    settings: Mapping[str, Any]
    device: str
    threads: int
    sources: Sequence[Path]
    inputs: Sequence[Path] | None = None

    def facts(self) -> dict[str, Any]:
        """What can be compared as it is; of the device its type."""
        return {
            "stage": self.stage,
            "dataset": self.dataset,
            "seed": self.seed,
            "settings": dict(self.settings),
            "device": self.device.partition(":")[0],
            "threads": self.threads,
        }


def record(path: Path, asked: Asked, *, outputs: Iterable[Path], clock: Clock, facts: Mapping[str, Any]) -> None:
    """Write the record of one stage's run.

    Args:
        path: The `*.run.json` to write.
        asked: What the run was determined by; sources and inputs are hashed.
        outputs: What was written; hashed.
        clock: Started with the run.
        facts: What the stage itself has to say, e.g. the data source.
    """
    hashes = Hashes()
    settings = json.dumps(asked.settings, sort_keys=True)
    artifacts.write_json(
        path,
        {
            **asked.facts(),
            "commit": _commit(),
            "config_sha256": hashlib.sha256(settings.encode()).hexdigest(),
            "machine": machine(),
            "versions": {name: metadata.version(name) for name in PACKAGES},
            "time": clock.read(),
            "artifacts": hashes.all(outputs),
            "inputs": hashes.all(asked.inputs or ()),
            "sources": hashes.all(asked.sources, code_sha256),
            **facts,
        },
    )


def why_stale(path: Path, asked: Asked, outputs: Iterable[Path], hashes: Hashes | None = None) -> str | None:
    """Why artifacts are not the ones that are asked for, in words; None where their record vouches for them.

    Args:
        path: The record.
        asked: What the stage would be run with.
        outputs: The artifacts; those that the record names besides are held against it too.
        hashes: Of files that were read before; they are not read again.
    """
    hashes = hashes or Hashes()
    if not path.is_file():
        return "there is no record of a run"
    try:
        found = artifacts.read_json(path)
        facts = {name: found[name] for name in asked.facts()}
        then = {name: dict(found[name]) for name in ("sources", "inputs", "artifacts")}
    except (ValueError, KeyError, TypeError):
        return f"{path} is no record of a run"
    for name, wanted in asked.facts().items():
        if (was := facts[name]) != wanted:
            nested = isinstance(was, dict) and isinstance(wanted, dict)
            return f"another {name}: {', '.join(_differing(was, wanted)) if nested else f'{was}, not {wanted}'}"
    inputs = map(Path, then["inputs"]) if asked.inputs is None else asked.inputs
    for name, now in (("sources", hashes.all(asked.sources, code_sha256)), ("inputs", hashes.all(inputs))):
        if then[name] != now:
            return f"other {name}: {', '.join(_differing(then[name], now))}"
    for output in sorted({*outputs, *map(Path, then["artifacts"])}):
        if not output.is_file():
            return f"{output} is missing"
        if hashes.of(output) != then["artifacts"].get(str(output)):
            return f"{output} was changed since it was made"
    return None


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names that only one of two mappings has, or whose values are not the same; the first three."""
    names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    return [*names[:3], *(["..."] if len(names) > 3 else [])]


def _commit() -> str | None:
    """The checkout's commit, with `+changes` where tracked sources differ from it; None outside a checkout.

    A copy that lies within another project's repository is outside: that repository's commit says nothing of it.
    """
    root = Path(__file__).resolve().parents[3]
    # in a hook or an alias of git's they name the repository that it was called for
    elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}

    def git(*words: str) -> str:
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != root:
            return None
        changes = git("status", "--porcelain", "--untracked-files=no", "--", "src", "config", "rules", "Snakefile")
        return git("rev-parse", "HEAD") + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None
