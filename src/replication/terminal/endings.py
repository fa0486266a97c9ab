"""The last lines of a run: what to open, what failed, or how to go on."""

from datetime import timedelta
from pathlib import Path

from replication.workflow.durations import span

__all__ = ["failed", "finished", "stopped"]

_PAGES = {"report": "report.html", "explorer": "explorer.html"}


def finished(results: Path, done: int, seconds: float | None) -> list[str]:
    """How long it took, and where the report and the explorer are, if they are there."""
    lines = [] if seconds is None else [f"{done} jobs in {span(timedelta(seconds=seconds))}"]
    pages = {name: results / file for name, file in _PAGES.items() if (results / file).is_file()}
    lines += [f"{name}: {path}" for name, path in pages.items()]
    if pages:
        profile = "" if results.name == "paper" else f" --profile {results.name}"
        lines.append(f"to open it: python -m replication open {next(iter(pages))}{profile}")
    return lines if pages else [*lines, f"made in {results}"]


def failed(count: int, done: int, total: int, log: str | None) -> list[str]:
    """How much is done in spite of what failed, and how to go on."""
    return [
        f"{count} failed, {done} of {total} done; what is done is kept",
        "to go on once the cause is gone: the same command again",
        *([f"Snakemake's own log: {log}"] if log else []),
    ]


def stopped(done: int, total: int) -> list[str]:
    """After Ctrl-C."""
    return [
        f"stopped, with {done} of {total} jobs done" if total else "stopped",
        "nothing is lost: what is done is kept, and a training goes on from its last checkpoint",
        "to go on: the same command again",
    ]
