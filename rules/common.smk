"""The configuration and the names that all rules share."""

import json
import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from replication import config as configuration
from replication import figures, layout, needs, tables
from replication.dependencies import closure

try:
    CONFIG = configuration.load(config)
except configuration.ConfigError as error:
    raise WorkflowError(str(error)) from None

PROFILE = CONFIG["profile"]
DATASETS = list(CONFIG["datasets"])
LOADERS = sorted({experiment["loader"] for experiment in CONFIG["datasets"].values()})
SEEDS = CONFIG["seeds"]
REPORTED = Path("config/reported.yaml")
MIRROR = CONFIG["mirror"] or os.environ.get("REPLICATION_MIRROR") or None
# what a job of a rule that takes --device asks for
GPUS = int(str(CONFIG["device"]).startswith("cuda"))
RAW = "data/raw/{loader}"
DATA = f"data/processed/{PROFILE}"
RESULTS = f"results/{PROFILE}"
RUN = f"{RESULTS}/{{dataset}}/seed{{seed}}"
VERDICT = f"{RESULTS}/verdict.csv"
REPORT = "paper_figures" if PROFILE == "paper" else f"{RESULTS}/paper_figures"
FIGURES = figures.available(DATASETS)
TABLES = tables.available(DATASETS)


wildcard_constraints:
    dataset="|".join(DATASETS),
    loader="|".join(LOADERS),
    seed=r"\d+",
    figure=r"fig\d+_\w+",
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
        shared = ("encodings", "grid", "lambda_multiplier", "rank")
        return json.dumps(
            {key: geometry[key] for key in (*shared, *keys)}, sort_keys=True
        )

    return of


def source_settings(wildcards):
    """What fetching a data set depends on: its files and where they may come from."""
    experiment = next(
        e for e in CONFIG["datasets"].values() if e["loader"] == wildcards.loader
    )
    return json.dumps(
        {"data": experiment["data"], "mirror": MIRROR, "standin": CONFIG["standin"]},
        sort_keys=True,
    )


def geometry_artifacts(wildcards):
    """All that the geometry stages make; sweeps and distance fields where a data set's configuration asks for them."""
    files = []
    for name, experiment in CONFIG["datasets"].items():
        chosen = layout.geometry_files(experiment["geometry"])
        files += expand(f"{RUN}/{{file}}", dataset=name, seed=SEEDS, file=chosen)
    return files


def views(wildcards):
    """Sources of the data set that tells how decoded observations are seen."""
    return closure(
        f"replication.datasets.{CONFIG['datasets'][wildcards.dataset]['loader']}"
    )


def artifacts_for(module):
    """The artifacts that a figure or table says it needs."""
    return [
        str(path) for path in needs.paths(module.NEEDS, Path(RESULTS), DATASETS, SEEDS)
    ]


def report_items(wildcards):
    """Every figure and table that the configured data sets allow."""
    drawn = expand(
        f"{REPORT}/{{figure}}.{{suffix}}", figure=FIGURES, suffix=["png", "pdf"]
    )
    return drawn + expand(
        f"{REPORT}/{{table}}.{{suffix}}", table=TABLES, suffix=["csv", "md"]
    )


def report_settings(wildcards):
    """Which results the report is about, as the JSON that a stage takes."""
    name = wildcards.get("figure") or wildcards.get("table")
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
