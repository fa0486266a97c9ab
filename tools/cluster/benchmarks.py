"""The benchmark files that the workflow leaves under results/*/benchmarks, and what a rule should ask of a cluster."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from replication.files import artifacts

__all__ = ["read", "resources", "summary"]

COLUMNS = ["rule", "of", "seed", "seconds", "memory_mb", "waited", "points"]
# a request is this many times the most that was measured; Snakemake itself runs beside the stage, twice in a Slurm job
_MEMORY_FACTOR, _MEMORY_BESIDE, _MEMORY_STEP = 1.5, 500, 250
_TIME_FACTOR, _MINUTES_STEP = 4, 5


def read(folders: Sequence[Path]) -> pd.DataFrame:
    """One row a job: rule, of (data set, loader or name; empty for one of its kind), seed, seconds, memory_mb.

    The seconds are wall time. Snakemake's cpu_time is not used: it is sampled, at intervals that grow to half a minute,
    and misses what a job does after the last sample. Where the job's record (*.run.json) lies beside its artifacts, two
    columns come from there: waited, the seconds in which its one thread did not compute, mostly because other work had
    the core; and points, the strengths of a sweep. Without a record they are 0 and NaN.

    Args:
        folders: Folders named benchmarks; what a later one holds of a rule and data set replaces what earlier ones do.

    Raises:
        ValueError: A folder holds no benchmark.
    """
    frames = []
    for folder in folders:
        rows = [_row(folder, file) for file in sorted(folder.rglob("*.tsv"))]
        if not rows:
            raise ValueError(f"{folder}: expected benchmark files (*.tsv); found none")
        found = pd.DataFrame(rows, columns=COLUMNS)
        new = set(zip(found.rule, found.of, strict=True))
        frames = [old[[key not in new for key in zip(old.rule, old.of, strict=True)]] for old in frames]
        frames.append(found)
    return pd.concat(frames, ignore_index=True)


def summary(jobs: pd.DataFrame) -> pd.DataFrame:
    """A row for each rule and what it was run on: how often, mean and longest seconds, most memory, wait, points."""
    groups = jobs.groupby(["rule", "of"], sort=False)
    return groups.agg(
        jobs=("seconds", "size"),
        seconds=("seconds", "mean"),
        longest=("seconds", "max"),
        memory_mb=("memory_mb", "max"),
        waited=("waited", "mean"),
        points=("points", "mean"),
    ).reset_index()


def resources(jobs: pd.DataFrame) -> dict[str, dict[str, str]]:
    """What to ask for, by rule, as a profile's `set-resources`: more at each attempt.

    Half as much memory again as the most that was measured and 500 MB for Snakemake, in steps of 250 MB; four times the
    longest time, in steps of 5 minutes.
    """
    asked = {}
    for rule, rows in jobs.groupby("rule", sort=True):
        memory = _up(_MEMORY_FACTOR * rows.memory_mb.max() + _MEMORY_BESIDE, _MEMORY_STEP)
        minutes = _up(_TIME_FACTOR * rows.seconds.max() / 60, _MINUTES_STEP)
        asked[str(rule)] = {"mem_mb": f"{memory} * attempt", "runtime": f"{minutes} * attempt"}
    return asked


def _row(folder: Path, file: Path) -> tuple[str, str, int | None, float, float, float, float]:
    """Mean of the file's repeats; {rule}/{data set}_seed{n}.tsv, {rule}/{name}.tsv or {rule}.tsv."""
    rule, _, name = str(file.relative_to(folder).with_suffix("").as_posix()).partition("/")
    of, seeded, seed = name.partition("_seed")
    measured = pd.read_csv(file, sep="\t", na_values="-")[["s", "max_rss"]].to_numpy(dtype=float)
    results = folder.parent
    records = (
        (results / of / f"seed{seed}").glob("*.run.json")
        if seeded
        else [results / "records" / f"{of or rule}.run.json"]
    )
    ran, waited, points = _told(records, rule)
    # a job that found its artifacts there already took less than what its record tells of the one that made them
    seconds = max(measured[:, 0].mean(), ran)
    return rule, of, int(seed) if seeded else None, seconds, measured[:, 1].max(), waited, points


def _told(records: Iterable[Path], rule: str) -> tuple[float, float, float]:
    """What the record of a stage tells: its seconds, how many of them it waited, and the points of its sweep."""
    for record in (artifacts.read_json(path) for path in sorted(records) if path.is_file()):
        if record["stage"] == rule:
            seconds = record["time"]["wall_seconds"]
            waited = max(0.0, seconds - record["time"]["cpu_seconds"])
            return seconds, waited, float(len(record["settings"].get("sweep", []))) or math.nan
    return 0.0, 0.0, math.nan


def _up(value: float, step: int) -> int:
    return step * math.ceil(value / step)
