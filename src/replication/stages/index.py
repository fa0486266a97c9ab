"""Index: figures, animations and tables with captions and the numbers behind them, as index.md and as one HTML file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from replication import animations, figures, tables
from replication.evidence import reported
from replication.evidence.data_sources import outcomes, read_sources
from replication.files import needs
from replication.files.artifacts import read_csv, write_text
from replication.report.contents import Contents, Item, Listed, Shown
from replication.report.links import Places
from replication.report.page import as_html, as_markdown
from replication.report.run_facts import read_run
from replication.stages import Job

__all__ = ["index", "reads", "run"]

PER = "profile"
READS = ("geometry", "reported", "verdict", "items")
MAKES = {"index": "{report}/index.md", "report": "report.html"}
# what the report opens with: the recommended metric's figure, and the verdict in a short table
LEAD, JUDGED = "fig16_recommended_maps", "tab04_verdict"
RECORDS = "*.run.json"


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

    The records tell when and where it was run. They are read, but are no input: they change with every run, and what is
    made of its artifacts does not.

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
    items: dict[str, Item] = {}
    for name in figures.available(datasets):
        module = figures.load(name)
        numbers = module.numbers(needs.collect(module.NEEDS, results, datasets, seeds, paper))
        items[name] = Shown(name, module.TITLE, module.CAPTION, _made_from(module), numbers)
    for name in animations.available(datasets):
        module = animations.load(name)
        items[name] = Shown(name, module.TITLE, module.CAPTION, _made_from(module), suffix="gif")
    for name in tables.available(datasets):
        module = tables.load(name)
        frame = module.build(needs.collect(module.NEEDS, results, datasets, seeds, paper))
        items[name] = Listed(name, module.TITLE, module.CAPTION, _made_from(module), frame)
    lead, judged = items.pop(LEAD, None), items.pop(JUDGED, None)
    contents = Contents(
        profile=results.name,
        seeds=list(seeds),
        sources=read_sources(results, datasets, seeds),
        verdict=rows,
        judged=judged if isinstance(judged, Listed) else None,
        lead=lead if isinstance(lead, Shown) else None,
        items=list(items.values()),
        outcomes=outcomes(results, datasets, seeds),
        run=read_run(_records(results, datasets, seeds, items)),
    )
    places = Places(results, markdown.parent)
    write_text(markdown, as_markdown(contents, places))
    write_text(page, as_html(contents, places))


def _made_from(module: ModuleType) -> list[str]:
    """The data sets that a figure, table or animation is of."""
    return sorted({need.dataset for need in module.NEEDS})


def _records(results: Path, datasets: Sequence[str], seeds: Sequence[int], items: Iterable[str]) -> list[Path]:
    """The records of the models, of their geometry, and of what is shown."""
    of_models = [path for name in datasets for seed in seeds for path in (results / name / f"seed{seed}").glob(RECORDS)]
    of_report = [results / "records" / f"{name}.run.json" for name in (*items, LEAD, JUDGED, "verdict")]
    return sorted(path for path in (*of_models, *of_report) if path.is_file())
