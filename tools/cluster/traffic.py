"""The bytes that a run's jobs read and write through the shared folder, from the files of a finished run.

Each job's record (*.run.json) names its inputs and its artifacts; their sizes are those of the files. What figures,
animations, tables and the verdict read is named by their needs. Sources, logs and the environment are not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from replication import animations, figures, tables
from replication.evidence import quantities
from replication.files import artifacts
from replication.files.needs import EVERY, Need, expand

__all__ = ["Bytes", "of_models", "of_report"]


class Bytes(NamedTuple):
    """Bytes that jobs read, and that they write."""

    read: float
    written: float


def of_models(results: Path, datasets: Sequence[str]) -> dict[tuple[str, str], Bytes]:
    """(stage, data set) -> bytes of one job, the mean over the seeds that are there.

    Args:
        results: Folder results/{profile} of a checkout; inputs are named from the checkout's root.
        datasets: Data sets to look at.

    Raises:
        FileNotFoundError: A file that a record names is not there.
    """
    jobs: dict[tuple[str, str], list[Bytes]] = {}
    root = results.parent.parent
    for dataset in datasets:
        for path in sorted((results / dataset).glob("seed*/*.run.json")):
            record: Mapping[str, Any] = artifacts.read_json(path)
            read = sum(_size(root / name) for name in record["inputs"])
            written = sum(_size(root / name) for name in record["artifacts"]) + _size(path)
            jobs.setdefault((record["stage"], dataset), []).append(Bytes(read, written))
    return {
        key: Bytes(*(sum(column) / len(found) for column in zip(*found, strict=True))) for key, found in jobs.items()
    }


def of_report(results: Path, datasets: Sequence[str], seeds: int) -> float:
    """Bytes that the verdict, the figures, the animations, the tables and the index of so many seeds read.

    Args:
        results: Folder results/{profile}; a file's size is the mean over the seeds that are there.
        datasets: Data sets of the report.
        seeds: How many seeds it averages over.
    """
    judged = [Need(EVERY, artifact, optional=True) for artifact in quantities.needed()]
    drawn = [need for name in figures.available(datasets) for need in figures.load(name).NEEDS]
    moving = [need for name in animations.available(datasets) for need in animations.load(name).NEEDS]
    listed = [need for name in tables.available(datasets) for need in tables.load(name).NEEDS]
    top = [Need(EVERY, "scores.json"), Need(EVERY, "pairs.csv")]
    # the index reads once more what figures and tables read
    return _sum([*judged, *drawn, *moving, *listed, *drawn, *listed, *top], results, datasets, seeds)


def _sum(needs: Iterable[Need], results: Path, datasets: Sequence[str], seeds: int) -> float:
    total = 0.0
    for need in expand(needs, datasets):
        sizes = [_size(path) for path in (results / need.dataset).glob(f"seed*/{need.artifact}")]
        if sizes:
            total += sum(sizes) / len(sizes) * (1 if need.seeds == "first" else seeds)
    return total


def _size(path: Path) -> int:
    return path.stat().st_size
