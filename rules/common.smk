"""The configuration and the names that all rules share."""

import functools
import json
import os
import re
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

from replication.workflow import config as configuration
from replication import animations, figures
from replication.evidence import data_sources
from replication.workflow import layout, leftovers
from replication import metrics, tables
from replication.files import needs
from replication.workflow.dependencies import closure


def typed(value):
    """Numbers as numbers: within a list or mapping of --config Snakemake leaves them text, seeds=[0,1] as ["0", "1"]."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    is_number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d*)?", value)
    return yaml.safe_load(value) if is_number else value


OVERRIDES = typed(config)
# `snakemake study` is a run of profile study; the variable tells so to the jobs that it starts elsewhere
if "study" in sys.argv[1:]:
    os.environ.update(REPLICATION_PROFILE="study")
if named := os.environ.get("REPLICATION_PROFILE"):
    OVERRIDES = {"profile": named, **OVERRIDES}
try:
    CONFIG = configuration.load(OVERRIDES)
except configuration.ConfigError as error:
    raise WorkflowError(str(error)) from None

PROFILE = CONFIG["profile"]
DATASETS = list(CONFIG["datasets"])
VARIANTS = "selection" in CONFIG
WITH_RADII = [
    name for name, one in CONFIG["datasets"].items() if one["geometry"]["radii"]
]
LOADERS = sorted({experiment["loader"] for experiment in CONFIG["datasets"].values()})
SEEDS = CONFIG["seeds"]
REPORTED = Path("config/reported.yaml")
MIRROR = CONFIG["mirror"] or os.environ.get("REPLICATION_MIRROR") or ""
# what a job of a rule that takes --device asks for
GPUS = int(str(CONFIG["device"]).startswith("cuda"))
RAW = "data/raw/{loader}"
DATA = f"data/processed/{PROFILE}"
RESULTS = f"results/{PROFILE}"
RUN = f"{RESULTS}/{{dataset}}/seed{{seed}}"
VERDICT = f"{RESULTS}/verdict.csv"
REPORT = "paper_figures" if PROFILE == "paper" else f"{RESULTS}/paper_figures"
METRICS = [f"replication.metrics.{name}" for name in metrics.names()]
FIGURES, ANIMATIONS, TABLES = (
    # a profile of variants shows what is about them, not what any data set allows
    [
        name
        for name in shown.available(DATASETS)
        if not VARIANTS or needs.named(shown.load(name).NEEDS)
    ]
    for shown in (figures, animations, tables)
)

if workflow.is_main_process:
    # Snakemake's own lock tells a killed run from one that goes on no more than a killed one's stages: that is for us
    in_the_way = leftovers.orphans(Path())
    if "--unlock" in sys.argv:
        in_the_way += leftovers.workflows(Path())
    if in_the_way:
        raise WorkflowError(leftovers.still_running(in_the_way))
    if not any(Path(".snakemake/locks").glob("*.lock")):
        leftovers.remove_parts([Path("data"), Path("results"), Path(REPORT)])


wildcard_constraints:
    dataset="|".join(DATASETS),
    loader="|".join(LOADERS),
    seed=r"\d+",
    figure=r"fig\d+_\w+",
    animation=r"anim\d+_\w+",
    table=r"tab\d+_\w+",


def section(*names):
    """The named sections of a data set's configuration, as the JSON that a stage takes."""

    def of(wildcards):
        experiment = CONFIG["datasets"][wildcards.dataset]
        return json.dumps({name: experiment[name] for name in names}, sort_keys=True)

    return of


def score_settings(wildcards):
    """The scores' settings, shared by all data sets."""
    return json.dumps(CONFIG["score"], sort_keys=True)


def geometry_settings(*keys):
    """Those keys of a data set's geometry section, as the JSON that a stage takes."""

    def of(wildcards):
        geometry = CONFIG["datasets"][wildcards.dataset]["geometry"]
        shared = ("encodings", "grid", "lambda_multiplier", "rank", "precision")
        return json.dumps(
            {key: geometry[key] for key in (*shared, *keys)}, sort_keys=True
        )

    return of


@functools.cache
def raw_settings(loader):
    """What fetching a data set depends on: its files, as the data set itself lists them, not a variant of it."""
    # a profile that has variants alone lists no data set itself
    ours = {k: v for k, v in OVERRIDES.items() if k != "profile" or not VARIANTS}
    own = configuration.load({**ours, "datasets": [loader]})["datasets"][loader]
    return json.dumps(
        {"data": own["data"], "standin": CONFIG["standin"]}, sort_keys=True
    )


def source_settings(wildcards):
    """Those of the data set that is fetched, as the JSON that a stage takes."""
    return raw_settings(wildcards.loader)


def imports(stage, *modules):
    """The modules that a stage imports, directly or not; `modules` are those that it loads by name."""

    def of(wildcards):
        named = [m(wildcards) if callable(m) else m for m in modules]
        return closure(f"replication.stages.{stage}", *named)

    return of


def geometry_artifacts(wildcards):
    """All that the geometry stages make; sweeps and distance fields where a data set's configuration asks for them."""
    files = []
    for name, experiment in CONFIG["datasets"].items():
        chosen = layout.geometry_files(experiment["geometry"])
        files += expand(f"{RUN}/{{file}}", dataset=name, seed=SEEDS, file=chosen)
    return files


def loader_module(wildcards):
    """The module of a data set: how it is read, and how decoded observations are seen."""
    loader = wildcards.get("loader") or CONFIG["datasets"][wildcards.dataset]["loader"]
    return f"replication.datasets.{loader}"


def artifacts_for(module):
    """The artifacts that a figure, animation or table says it needs, and those that name its data's sources."""
    wanted = [*module.NEEDS, *data_sources.needs_of(module.NEEDS)]
    return list(map(str, needs.paths(wanted, Path(RESULTS), DATASETS, SEEDS)))


def report_items(wildcards):
    """Every figure, animation and table that the configured data sets allow."""
    drawn = expand(
        f"{REPORT}/{{figure}}.{{suffix}}", figure=FIGURES, suffix=["png", "pdf"]
    )
    drawn += expand(f"{REPORT}/{{animation}}.gif", animation=ANIMATIONS)
    return drawn + expand(
        f"{REPORT}/{{table}}.{{suffix}}", table=TABLES, suffix=["csv", "md"]
    )


def report_settings(wildcards):
    """Which results the report is about, as the JSON that a stage takes."""
    names = (wildcards.get(kind) for kind in ("figure", "animation", "table"))
    name = next(filter(None, names), None)
    about = {
        "profile": PROFILE,
        "results": RESULTS,
        "datasets": DATASETS,
        "seeds": SEEDS,
        "reported": str(REPORTED),
    }
    return json.dumps({"name": name, **about})


def raw_source(wildcards):
    """The provenance of the raw files that an experiment is made from; it changes when they do."""
    return f"{RAW}/source.json".format(
        loader=CONFIG["datasets"][wildcards.dataset]["loader"]
    )
