"""What a run was: when, for how long, of which commit and on what machine, from the records of its stages."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from replication.files.artifacts import read_json
from replication.workflow.durations import span

__all__ = ["Run", "in_words", "read_run"]


@dataclass(frozen=True)
class Run:
    """What the records of a run's stages say together.

    Attributes:
        started: Of the first stage, UTC.
        ended: Of the last one.
        busy: Time in which at least one stage ran; a run that was stopped and went on later is not counted in between.
        processor: Time of all processors.
        stages: How many runs of stages.
        commits: How many of them are of which commit, in words.
        machines: The machines, each in words.
    """

    started: datetime
    ended: datetime
    busy: timedelta
    processor: timedelta
    stages: int
    commits: Mapping[str, int]
    machines: Sequence[str]


def read_run(records: Iterable[Path]) -> Run | None:
    """The run that these records are of; None where none of them tells when it was made."""
    found = [record for record in map(read_json, records) if "time" in record]
    if not found:
        return None
    spans = sorted(map(_interval, found))
    return Run(
        started=spans[0][0],
        ended=max(end for _, end in spans),
        busy=_covered(spans),
        processor=sum((timedelta(seconds=record["time"]["cpu_seconds"]) for record in found), timedelta()),
        stages=len(found),
        commits=Counter(_commit(record.get("commit")) for record in found),
        machines=sorted({_machine(record) for record in found}),
    )


def in_words(run: Run) -> dict[str, str]:
    """The facts that a report opens with."""
    ended = run.ended.strftime("%H:%M" if run.ended.date() == run.started.date() else "%Y-%m-%d %H:%M")
    commits = [f"{commit} ({count} of {run.stages} stages)" for commit, count in run.commits.items()]
    return {
        "Commit": ", ".join(run.commits if len(run.commits) == 1 else commits),
        "Date": f"{run.started:%Y-%m-%d %H:%M} to {ended} UTC",
        "Duration": f"{span(run.busy)}, {span(run.processor)} of processor time, in {run.stages} runs of stages",
        "Machine": "; ".join(run.machines),
    }


def _interval(record: Mapping[str, Any]) -> tuple[datetime, datetime]:
    started = datetime.fromisoformat(record["time"]["started"])
    return started, started + timedelta(seconds=record["time"]["wall_seconds"])


def _covered(spans: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """Length of the union of intervals, which are sorted by their start."""
    reached = itertools.accumulate((end for _, end in spans), max)
    before = [spans[0][0], *itertools.islice(reached, len(spans) - 1)]
    parts = (end - max(start, seen) for (start, end), seen in zip(spans, before, strict=True))
    return sum((part for part in parts if part > timedelta()), timedelta())


def _commit(commit: str | None) -> str:
    if commit is None:
        return "outside a git checkout"
    name, changed, _ = commit.partition("+")
    return f"{name[:10]} with changes" if changed else name[:10]


def _machine(record: Mapping[str, Any]) -> str:
    machine, versions = record.get("machine", {}), record.get("versions", {})
    named = [machine.get("model"), machine.get("cores") and f"{machine['cores']} cores"]
    named += [f"{machine.get('system')} {machine.get('processor')}"]
    named += [f"Python {machine.get('python')}, torch {versions.get('torch')}, device {record.get('device')}"]
    return ", ".join(word for word in named if word)
