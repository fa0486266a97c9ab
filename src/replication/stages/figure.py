"""Figure: draw one figure from artifacts and write it as png and pdf."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from replication import figures
from replication.evidence import data_sources, reported
from replication.files import needs
from replication.looks import style
from replication.stages import Job

__all__ = ["figure", "reads", "run"]

PER = "figure"
READS = ("needs", "reported")
MAKES = {"png": "{figure}.png", "pdf": "{figure}.pdf"}


def reads(job: Job) -> list[Path]:
    """Artifacts that the figure and its stamp are made from."""
    return needs.present(needs.with_sources(figures.load(job.settings["name"]).NEEDS), job.settings)


def run(job: Job) -> dict[str, Any]:
    """Outputs: png, pdf. Settings: name, results (folder), datasets, seeds."""
    settings = job.settings
    figure(
        settings["name"],
        Path(settings["results"]),
        settings["datasets"],
        settings["seeds"],
        job.outputs["png"],
        job.outputs["pdf"],
        reported.load(job.inputs["reported"]),
    )
    return {}


def figure(
    name: str,
    results: Path,
    datasets: Sequence[str],
    seeds: Sequence[int],
    png: Path,
    pdf: Path,
    paper: Mapping[str, Any],
) -> None:
    """Draw a figure, stamp stand-ins on it and write both files.

    Args:
        name: A name of `replication.figures.names()`.
        results: Folder results/{profile}.
        datasets: The configured data sets.
        seeds: The configured seeds.
        png: Where to write.
        pdf: Where to write.
        paper: Content of reported.yaml.
    """
    module = figures.load(name)
    loaded = needs.collect(module.NEEDS, results, datasets, seeds, paper)
    with style.context():
        drawn = module.draw(loaded)
        words = data_sources.stamp_of(results, list(loaded.artifacts), seeds)
        if words:
            style.stamp(drawn, words)
        style.save(drawn, png, pdf)
