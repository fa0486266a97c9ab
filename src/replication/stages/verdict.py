"""Verdict: judge every reported item and write verdict.csv."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from replication.evidence import quantities, reported
from replication.files import needs
from replication.files.artifacts import write_csv
from replication.stages import Job

__all__ = ["reads", "run", "verdict"]

PER = "profile"
READS = ("geometry", "reported")
MAKES = {"verdict": "verdict.csv"}


def reads(job: Job) -> list[Path]:
    """Artifacts that some quantity is computed from."""
    wanted = [needs.Need(needs.EVERY, artifact, optional=True) for artifact in quantities.needed()]
    return needs.present(wanted, job.settings)


def run(job: Job) -> dict[str, Any]:
    """Judge what was measured: a row an item, see `reported.verdict`."""
    settings = job.settings
    frame = verdict(
        Path(settings["results"]), settings["datasets"], settings["seeds"], reported.load(job.inputs["reported"])
    )
    write_csv(job.outputs["verdict"], frame)
    return {"verdicts": frame["verdict"].value_counts().to_dict()}


def verdict(results: Path, datasets: Sequence[str], seeds: Sequence[int], paper: Mapping[str, Any]) -> pd.DataFrame:
    """Judge what the artifacts under `results` allow; what is missing is `not run`, with the reason.

    Args:
        results: Folder results/{profile}.
        datasets: The configured data sets.
        seeds: The configured seeds.
        paper: Content of reported.yaml.
    """
    return reported.verdict(paper, needs.evidence(results, datasets, seeds, quantities.needed()))
