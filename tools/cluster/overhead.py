"""What a job on Slurm costs beside its rule: `python -m tools.cluster.overhead FOLDER`, the folder of a finished proof.

Overhead is the time from a job's start to its end less what its benchmark says: Snakemake starts there, twice, before
the rule does. Latency is the time from the end of the last job that it waited for to its own submission.
"""

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

from replication.workflow.declared import declared, waits
from tools.cluster import benchmarks

__all__ = ["SlurmJob", "latencies", "overheads", "parse"]


class SlurmJob(NamedTuple):
    """One job as `scontrol show job` tells it; of: its wildcards, joined by underscores."""

    rule: str
    of: str
    submitted: datetime
    started: datetime
    ended: datetime
    restarts: int


def parse(text: str) -> list[SlurmJob]:
    """The jobs in what `scontrol --oneliner show job` printed."""
    jobs = []
    for line in text.splitlines():
        told = dict(re.findall(r"(\w+)=(\S*)", line))
        rule, _, of = told["Comment"].removeprefix("rule_").partition("_wildcards_")
        times = (datetime.fromisoformat(told[name]) for name in ("SubmitTime", "StartTime", "EndTime"))
        jobs.append(SlurmJob(rule, of, *times, int(told["Restarts"])))
    return jobs


def overheads(jobs: list[SlurmJob], measured: dict[tuple[str, str], float]) -> list[float]:
    """Seconds that each job took beside its benchmark, those of jobs that were begun twice left out."""
    return [(job.ended - job.started).total_seconds() - measured[job.rule, job.of] for job in jobs if job.restarts == 0]


def latencies(jobs: list[SlurmJob]) -> list[float]:
    """Seconds from the end of the last job of the same model that a job waited for, to its own submission."""
    ended = {(job.rule, job.of): job.ended for job in jobs}
    found, stages = [], declared()
    for job in jobs:
        stage = stages[job.rule]
        before = [ended[rule, job.of] for rule in waits(stage, stages) if (rule, job.of) in ended]
        if stage.per == "model" and before and job.restarts == 0:
            found.append((job.submitted - max(before)).total_seconds())
    return found


def main() -> int:
    """Print both, as medians and the largest."""
    parser = argparse.ArgumentParser(description="What a job on Slurm costs beside its rule.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    jobs = parse((folder / "jobs.txt").read_text(encoding="utf-8"))
    results = folder / "slurm" / "results"
    rows = benchmarks.read([results / "benchmarks", results / "smoke" / "benchmarks"]).to_dict("records")
    measured = {(row["rule"], _wildcards(row["of"], row["seed"])): row["seconds"] for row in rows}
    for name, values in (("overhead", overheads(jobs, measured)), ("latency", latencies(jobs))):
        print(f"{name}: median {median(values):.1f} s, largest {max(values):.1f} s ({len(values)} jobs)")
    return 0


def _wildcards(of: str, seed: float | None) -> str:
    return of if seed is None or seed != seed else f"{of}_{seed:.0f}"


if __name__ == "__main__":
    sys.exit(main())
