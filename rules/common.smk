"""The configuration and the names that all rules share."""

import json
import os
from pathlib import Path

from snakemake.exceptions import WorkflowError

from replication import config as configuration
from replication.dependencies import closure

try:
    CONFIG = configuration.load(config)
except configuration.ConfigError as error:
    raise WorkflowError(str(error)) from None

ENVIRONMENT = "latentgeo"  # made from envs/environment.yaml; used with --software-deployment-method conda only
PROFILE = CONFIG["profile"]
DATASETS = list(CONFIG["datasets"])
LOADERS = sorted({experiment["loader"] for experiment in CONFIG["datasets"].values()})
SEEDS = CONFIG["seeds"]
REPORTED = Path("config/reported.yaml")
MIRROR = CONFIG["mirror"] or os.environ.get("REPLICATION_MIRROR") or None
RAW = "data/raw/{loader}"
DATA = f"data/processed/{PROFILE}"
RESULTS = f"results/{PROFILE}"
RUN = f"{RESULTS}/{{dataset}}/seed{{seed}}"
REPORT = "paper_figures" if PROFILE == "paper" else f"{RESULTS}/paper_figures"


wildcard_constraints:
    dataset="|".join(DATASETS),
    loader="|".join(LOADERS),
    seed=r"\d+",


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
