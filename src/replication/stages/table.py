"""Table: build one table from artifacts and write it as csv and markdown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from replication import tables
from replication.evidence import data_sources, reported
from replication.files import needs
from replication.files.artifacts import write_csv, write_text
from replication.report import markup
from replication.stages import Job

__all__ = ["reads", "run", "table"]

PER = "table"
READS = ("needs", "reported")
MAKES = {"csv": "{table}.csv", "md": "{table}.md"}


def reads(job: Job) -> list[Path]:
    """Artifacts that the table and its stamp are made from."""
    return needs.present(needs.with_sources(tables.load(job.settings["name"]).NEEDS), job.settings)


def run(job: Job) -> dict[str, Any]:
    """Outputs: csv, md. Settings: as the stage figure."""
    settings = job.settings
    table(
        settings["name"],
        Path(settings["results"]),
        settings["datasets"],
        settings["seeds"],
        job.outputs["csv"],
        job.outputs["md"],
        reported.load(job.inputs["reported"]),
    )
    return {}


def table(
    name: str,
    results: Path,
    datasets: Sequence[str],
    seeds: Sequence[int],
    csv: Path,
    markdown: Path,
    paper: Mapping[str, Any],
) -> None:
    """Build a table and write both files; the markdown carries the caption and names the stand-ins.

    Args:
        name: A name of `replication.tables.names()`.
        results: Folder results/{profile}.
        datasets: The configured data sets.
        seeds: The configured seeds.
        csv: Where to write, all digits.
        markdown: Where to write, three digits.
        paper: Content of reported.yaml.
    """
    module = tables.load(name)
    frame = module.build(needs.collect(module.NEEDS, results, datasets, seeds, paper))
    words = data_sources.stamp_of(results, datasets, seeds)
    lines = [module.CAPTION, *([f"**{words}**"] if words else []), markup.markdown_table(frame)]
    write_csv(csv, frame)
    write_text(markdown, "\n\n".join(lines) + "\n")
