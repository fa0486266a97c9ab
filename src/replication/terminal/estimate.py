"""How long a run will take, from the benchmarks that earlier runs of the same jobs left, here or where it was made."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

from replication.files.artifacts import read_csv

__all__ = ["SHIPPED", "Estimate", "in_words", "recorded", "shipped"]

SHIPPED = Path("envs/durations.csv")
Recorded = Mapping[str, Mapping[str, float]]
"""Rule -> benchmark file -> seconds."""


def recorded(folders: Iterable[Path]) -> dict[str, dict[str, float]]:
    """What was recorded below these folders, `results/{profile}/benchmarks` and the like; what is torn is left out."""
    found: dict[str, dict[str, float]] = {}
    for folder in folders:
        for file in folder.rglob("*.tsv"):
            try:
                with file.open(encoding="utf-8", newline="") as stream:
                    seconds = [float(row["s"]) for row in csv.DictReader(stream, delimiter="\t")]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if seconds:
                found.setdefault(file.relative_to(folder).parts[0].removesuffix(".tsv"), {})[str(file)] = fmean(seconds)
    return found


def shipped(table: Path, results: Path) -> dict[str, dict[str, float]]:
    """What the jobs of a profile took where its committed results were made, for a clone in which nothing has run yet.

    Args:
        table: `SHIPPED` of the clone: rule, benchmark (as the rules name it) and s, a row a job; `tools.durations`
            writes it.
        results: The profile's folder, as the rules name it.
    """
    found: dict[str, dict[str, float]] = {}
    if table.is_file():
        for row in read_csv(table).to_dict("records"):
            if Path(row["benchmark"]).is_relative_to(results):
                found.setdefault(row["rule"], {})[row["benchmark"]] = float(row["s"])
    return found


def in_words(seconds: float) -> str:
    """`about 42 min`."""
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 120 else f"about {minutes // 60} h {minutes % 60} min"


class Estimate:
    """The time that is left of a run; it learns the machine's pace from the jobs that have ended.

    Args:
        known: What earlier runs took.
        jobs: How many jobs of each rule the run has.
        cores: How many of them run side by side.
    """

    def __init__(self, known: Recorded, jobs: Mapping[str, int], cores: int = 1) -> None:
        # of each rule all that was recorded, and of that what has not begun yet in this run
        self._typical = {rule: fmean(seconds.values()) for rule, seconds in known.items() if seconds}
        self._to_come = {rule: dict(seconds) for rule, seconds in known.items()}
        self._waiting = Counter(jobs)
        self._running: dict[int, float | None] = {}
        self._took, self._expected = 0.0, 0.0
        self._cores = cores

    def begin(self, job: int, rule: str, benchmark: str | None) -> None:
        """A job began."""
        self._waiting[rule] -= 1
        own = self._to_come.get(rule, {}).pop(benchmark or "", None)
        self._running[job] = self._typical.get(rule) if own is None else own

    def end(self, job: int, seconds: float) -> None:
        """A job ended after so many seconds."""
        expected = self._running.pop(job, None)
        if expected is not None:
            self._took, self._expected = self._took + seconds, self._expected + expected

    def left(self, running: Mapping[int, float]) -> float | None:
        """Seconds that are left, or None where nothing was recorded of what is to come.

        Args:
            running: Seconds that the running jobs have taken so far.
        """
        waiting = {rule: count for rule, count in self._waiting.items() if count > 0}
        if not waiting.keys() <= self._typical.keys() or None in self._running.values():
            return None
        # which of a rule's jobs are still to come is not known: those that were recorded and have not begun may be any
        each = {rule: fmean(self._to_come[rule].values() or [self._typical[rule]]) for rule in waiting}
        to_come = [each[rule] for rule, count in waiting.items() for _ in range(count)]
        pace = self._took / self._expected if self._expected else 1.0
        under_way = [
            max(expected * pace - running.get(job, 0.0), 0.0)
            for job, expected in self._running.items()
            if expected is not None
        ]
        whole = [pace * seconds for seconds in to_come] + under_way
        return max(sum(whole) / self._cores, max(whole, default=0.0))
