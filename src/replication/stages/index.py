"""Index: figures, animations and tables with captions and the numbers behind them, as index.md and as one HTML file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from replication import animations, figures, tables
from replication.evidence import reported
from replication.evidence.data_sources import outcomes, read_sources
from replication.files import needs
from replication.files.artifacts import read_csv, write_text
from replication.report.page import Listed, Shown, Top, as_html, as_markdown
from replication.stages import Job

__all__ = ["index", "reads", "run"]

PER = "profile"
READS = ("geometry", "reported", "verdict", "items")
MAKES = {"index": "{report}/index.md", "report": "report.html"}


def reads(job: Job) -> list[Path]:
    """What all figures and tables are made from, the images and the geodesics' outcomes."""
    datasets = job.settings["datasets"]
    drawn = figures.available(datasets)
    wanted = [need for name in drawn for need in figures.load(name).NEEDS]
    wanted += [need for name in tables.available(datasets) for need in tables.load(name).NEEDS]
    wanted += [needs.Need(needs.EVERY, artifact, optional=True) for artifact in ("scores.json", "pairs.csv")]
    files = [*(f"{name}.png" for name in drawn), *(f"{name}.gif" for name in animations.available(datasets))]
    images = [job.outputs["index"].parent / file for file in files]
    return [*needs.present(wanted, job.settings), *images]


def run(job: Job) -> dict[str, Any]:
    """Outputs: index (md, beside the figures), report (html).

    Settings: results (folder), datasets, seeds.
    """
    settings = job.settings
    index(
        Path(settings["results"]),
        settings["datasets"],
        settings["seeds"],
        job.outputs["index"],
        job.outputs["report"],
        reported.load(job.inputs["reported"]),
        job.inputs["verdict"],
    )
    return {}


def index(
    results: Path,
    datasets: Sequence[str],
    seeds: Sequence[int],
    markdown: Path,
    page: Path,
    paper: Mapping[str, Any],
    verdict: Path,
) -> None:
    """Write both documents; figures, animations and tables must lie beside the markdown already.

    Args:
        results: Folder results/{profile}; the profile's name is in the title.
        datasets: The configured data sets.
        seeds: The configured seeds.
        markdown: index.md to write.
        page: report.html to write.
        paper: Content of reported.yaml.
        verdict: verdict.csv.
    """
    rows = read_csv(verdict)
    shown = []
    for name in figures.available(datasets):
        module = figures.load(name)
        numbers = module.numbers(needs.collect(module.NEEDS, results, datasets, seeds, paper))
        shown.append(Shown(name, module.CAPTION, numbers))
    for name in animations.available(datasets):
        shown.append(Shown(name, animations.load(name).CAPTION, {}, "gif"))
    listed = []
    for name in tables.available(datasets):
        module = tables.load(name)
        frame = module.build(needs.collect(module.NEEDS, results, datasets, seeds, paper, rows))
        listed.append(Listed(name, module.CAPTION, frame))
    top = Top(results.name, list(seeds), read_sources(results, datasets, seeds), outcomes(results, datasets, seeds))
    write_text(markdown, as_markdown(top, rows, shown, listed))
    write_text(page, as_html(top, rows, shown, listed, markdown.parent))
