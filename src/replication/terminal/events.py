"""From what Snakemake tells of a run to the lines that people see."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from replication.terminal.endings import failed, finished, stopped
from replication.terminal.estimate import SHIPPED, Estimate, in_words, recorded, shipped
from replication.terminal.job_log import error_of, progress_of, warnings_of
from replication.terminal.screen import Screen
from replication.workflow.declared import declared
from replication.workflow.durations import span

__all__ = ["Events"]

# what Snakemake says before a run that nobody needs
_NOISE = ("Assuming unrestricted shared filesystem", "Building DAG of jobs", "host: ", "Using shell: ")
_NOTHING = "Nothing to be done"
_ENDING = "Will exit after finishing currently running jobs"
_STOPPED = ("Terminating processes on user request", "Cancelling snakemake on user request")
# what is said of a failed job beside the event that names it
_TOLD = (
    "CalledProcessError in file",
    "Restored previous version of",
    "Exiting because a job execution failed",
    "At least one job did not complete successfully",
)
_STALE_NAMED = 3
_RUNNING_SHOWN = 8


@dataclass(frozen=True)
class _Job:
    """A job that runs: what it is, since when, and its log."""

    what: str
    began: float
    log: Path | None


class Events:
    """What is known of a run so far.

    Args:
        stream: The terminal.
        clock: Seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._screen = Screen(stream, self._live)
        self._clock = clock
        self._began: float | None = None
        self._results = Path("results")
        self._cores = 1
        self._jobs: dict[int, _Job] = {}
        self._total, self._done, self._failed, self._stale = 0, 0, 0, 0
        self._estimate = Estimate({}, {})
        self._log: str | None = None
        self._nothing = self._stopped = self._ending = False

    def note(self, record: logging.LogRecord) -> None:
        """Take one message of Snakemake's."""
        said = vars(record)
        if self._stopped:
            return
        match said.get("event"):
            case "workflow_started":
                self._began = self._clock()
            case "run_info":
                self._plan(said["stats"])
            case "resources_info":
                self._cores = said.get("cores") or said.get("nodes") or self._cores
            case "job_info":
                self._begin(said)
            case "job_finished":
                self._end(said["job_id"])
            case "job_error":
                self._fail(said)
            case None | "error":
                self._hear(record, said)

    def close(self) -> None:
        """Say how the run ended, where there was one."""
        self._screen.close()
        whole = self._began is not None and self._done == self._total
        if self._stopped or (self._ending and not whole):
            self._screen.say(*stopped(self._done, self._total))
        elif self._nothing or whole:
            took = None if self._nothing or self._began is None else self._clock() - self._began
            self._screen.say(*finished(self._results, self._done, took))
        elif self._failed:
            self._screen.say(*failed(self._failed, self._done, self._total, self._log))

    def _plan(self, stats: Mapping[str, int]) -> None:
        """How many jobs there will be, and how long they took before."""
        jobs = {rule: count for rule, count in stats.items() if rule in declared()}
        here = recorded([self._results / "benchmarks", self._results.parent / "benchmarks"])
        known = {**shipped(SHIPPED, self._results), **here}
        self._total = sum(jobs.values())
        self._estimate = Estimate(known, jobs, self._cores)
        if self._stale > _STALE_NAMED:
            self._screen.say(f"... and {self._stale - _STALE_NAMED} more that are stale")
        left = self._estimate.left({})
        words = "how long they take has not been recorded yet" if left is None else f"{in_words(left)}, as recorded"
        self._screen.say(f"profile {self._results.name}: {self._total} jobs; {words}")

    def _begin(self, said: Mapping[str, Any]) -> None:
        if said["rule_name"] not in declared():
            return
        logs = said["log"]
        self._jobs[said["jobid"]] = _Job(_what(said), self._clock(), Path(logs[0]) if logs else None)
        self._estimate.begin(said["jobid"], said["rule_name"], said["benchmark"])

    def _end(self, number: int) -> None:
        job = self._jobs.pop(number, None)
        if job is None:
            return
        took = self._clock() - job.began
        self._done += 1
        self._estimate.end(number, took)
        left = self._estimate.left(self._running()) if self._done < self._total else None
        count = f"{self._done:{len(str(self._total))}} of {self._total}"
        words = f"{count}  {job.what:<38} {span(timedelta(seconds=took)):>12}"
        lines = [words + (f"   {in_words(left)} left" if left is not None else "")]
        lines += [f"    warning: {warning}" for warning in (warnings_of(job.log) if job.log else [])]
        self._screen.say(*lines)

    def _fail(self, said: Mapping[str, Any]) -> None:
        job = self._jobs.pop(said["jobid"], None)
        self._failed += 1
        what = job.what if job else said["rule_name"]
        log = Path(said["log"][0]) if said["log"] else None
        error = (error_of(log) if log else None) or "ended without a word (killed, or out of memory?)"
        # as a stage calls itself, which may be less than what is known here
        error = error.removeprefix(f"{what}: ").removeprefix(f"{said['rule_name']}: ")
        self._screen.say(f"failed: {what}: {error}", *([f"    its log: {log}"] if log else []))

    def _hear(self, record: logging.LogRecord, said: Mapping[str, Any]) -> None:
        """Everything that is not of a job."""
        words = record.getMessage().strip()
        if results := said.get("results"):
            self._results = Path(results)
        elif "stale" in said:
            self._stale += 1
            if self._stale <= _STALE_NAMED:
                self._screen.say(words)
        elif words.startswith(_STOPPED):
            self._stopped = True
        elif words.startswith(_ENDING):
            self._ending = True
            self._screen.say("will stop when the jobs that run have ended")
        elif words.startswith("Complete log(s): "):
            self._log = words.partition(": ")[2]
        elif words.startswith(_NOTHING):
            self._nothing = True
            self._screen.say(words)
        elif record.levelno >= logging.WARNING:
            if not any(known in words for known in _TOLD):
                self._screen.say(words)
        elif record.levelno == logging.INFO and self._began is None and words and not words.startswith(_NOISE):
            self._screen.say(words)

    def _running(self) -> dict[int, float]:
        return {number: self._clock() - job.began for number, job in self._jobs.items()}

    def _live(self) -> Sequence[str]:
        """A bar of each training and the like, and what else runs."""
        running = list(self._jobs.values())
        lines = []
        for job in running[:_RUNNING_SHOWN]:
            told = progress_of(job.log) if job.log else None
            lines.append(told or f"{job.what}, {span(timedelta(seconds=self._clock() - job.began))}")
        more = len(running) - len(lines)
        return [f"  {line}" for line in [*lines, *([f"and {more} more"] if more else [])]]


def _what(said: Mapping[str, Any]) -> str:
    """`train mnist seed 5`, `figure fig01_pendulum_mf`."""
    named = [f"seed {value}" if name == "seed" else str(value) for name, value in said["wildcards"].items()]
    return " ".join([said["rule_name"], *named])
