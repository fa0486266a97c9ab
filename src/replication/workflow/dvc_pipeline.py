"""dvc.yaml, made from the configuration: `python -m replication.workflow.dvc_pipeline > dvc.yaml`.

One DVC stage for each data set and phase, which wraps the Snakemake target of that phase: Snakemake decides what runs
and in which order, DVC keeps and shares what came out. Every output of a phase is an out of its stage, since DVC
restores nothing else.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from replication import animations, figures, metrics, tables
from replication.workflow import config, layout
from replication.workflow.dependencies import closure

__all__ = ["pipeline"]

HEADER = "# Made from the configuration by `make dvc.yaml`; do not edit.\n"
COMMON = ["Snakefile", "rules/common.smk", "rules/staleness.smk"]


def pipeline() -> dict[str, Any]:
    """The stages of profile paper, as dvc.yaml holds them."""
    settings = config.load()
    stages: dict[str, Any] = {}
    for loader in sorted({experiment["loader"] for experiment in settings["datasets"].values()}):
        stages[f"fetch-{loader}"] = {
            "cmd": f"snakemake --cores all data/raw/{loader}/source.json",
            "deps": _sources("data", "replication.stages.fetch", f"replication.datasets.{loader}"),
            "params": _params([loader], ["data"], ["standin"]),
            "outs": _kept([f"data/raw/{loader}"]),
        }
    for name, experiment in settings["datasets"].items():
        stages |= _experiment(name, experiment, settings["seeds"])
    evidence = [
        f"results/paper/{name}/seed{seed}/{file}"
        for name, experiment in settings["datasets"].items()
        for seed in settings["seeds"]
        for file in layout.geometry_files(experiment["geometry"])
        if not file.endswith(".run.json")
    ]
    folders = (figures, animations, tables)
    shown = [folder.available(settings["datasets"]) for folder in folders]
    drawn = [f"{folder.__name__}.{name}" for folder, names in zip(folders, shown, strict=True) for name in names]
    stages["report"] = {
        "cmd": "snakemake --cores all",
        "deps": sorted(
            {
                *evidence,
                *_sources(
                    "report",
                    *(f"replication.stages.{s}" for s in ("verdict", "figure", "animation", "table", "index")),
                    *drawn,
                ),
            }
        ),
        "params": [{"config/paper.yaml": ["seeds", "datasets"]}, {"config/reported.yaml": None}],
        "outs": [
            *_kept((f"paper_figures/{file}" for file in _rendered(*shown)), cache=False),
            *_kept(["results/paper/verdict.csv"], cache=False),
            *_kept(f"results/paper/{file}" for file in ("records", "report.html", "report.run.json")),
            *_kept(["results/paper/verdict.run.json"]),
        ],
    }
    return {"stages": stages}


def _rendered(drawn: Sequence[str], moving: Sequence[str], listed: Sequence[str]) -> list[str]:
    """Files that the report of these figures, animations and tables consists of; others may lie beside them."""
    plots = [*(f"{name}.{kind}" for name in drawn for kind in ("pdf", "png")), *(f"{name}.gif" for name in moving)]
    return [*plots, "index.md", *(f"{name}.{kind}" for name in listed for kind in ("csv", "md"))]


def _experiment(name: str, experiment: dict[str, Any], seeds: list[int]) -> dict[str, Any]:
    loader = experiment["loader"]
    files = [loader] if loader == name else [loader, name]
    data = [f"data/processed/paper/{file}" for file in layout.processed_files(name)]
    runs = [f"results/paper/{name}/seed{seed}" for seed in seeds]
    models = [f"{run}/{file}" for run in runs for file in layout.model_files()]
    geometry = [f"{run}/{file}" for run in runs for file in layout.geometry_files(experiment["geometry"])]
    # files, not rules with a part of the configuration: to Snakemake the other data sets are as they were
    target = "snakemake --cores all"
    read = [file for file in data if not file.endswith(".run.json")]
    return {
        f"preprocess-{name}": {
            "cmd": f"{target} {data[0]}",
            "deps": [
                f"data/raw/{loader}",
                *_sources("data", "replication.stages.preprocess", f"replication.datasets.{loader}"),
            ],
            "params": _params(files, ["data"], ["data_seed"]),
            "outs": _kept(data),
        },
        f"train-{name}": {
            "cmd": " ".join([target, *(f"{run}/model.safetensors" for run in runs)]),
            "deps": [*read, *_sources("train", "replication.stages.train")],
            "params": _params(files, ["model", "train"], ["seeds", "device"]),
            "outs": _kept(models),
        },
        f"geometry-{name}": {
            "cmd": " ".join([target, *(file for file in geometry if not file.endswith(".run.json"))]),
            "deps": [
                *read,
                *(file for file in models if not file.endswith(".run.json")),
                *_sources(
                    "geometry",
                    *(f"replication.stages.{stage}" for stage in layout.geometry_stages(experiment["geometry"])),
                    f"replication.datasets.{loader}",
                    *(f"replication.metrics.{metric}" for metric in metrics.names()),
                ),
            ],
            "params": _params(files, ["geometry"], ["seeds", "device", "geometry", "score"]),
            "outs": _kept(file for file in geometry if not file.endswith("scores.json")),
            "metrics": _kept((file for file in geometry if file.endswith("scores.json")), cache=False),
        },
    }


def _kept(files: Iterable[str], **more: bool) -> list[dict[str, dict[str, bool]]]:
    """Outs that DVC does not delete before a stage runs: Snakemake decides by their content which are made anew."""
    return [{file: {"persist": True, **more}} for file in files]


def _sources(rules: str, *modules: str) -> list[str]:
    return sorted([*COMMON, f"rules/{rules}.smk", *closure(*modules)])


def _params(experiments: Iterable[str], sections: list[str], shared: list[str]) -> list[Any]:
    """Keys of the experiments' files that have them, and of the shared file."""
    files = []
    for name in experiments:
        content = yaml.safe_load((config.FOLDER / "datasets" / f"{name}.yaml").read_text(encoding="utf-8"))
        present = [section for section in sections if section in content]
        files += [{f"config/datasets/{name}.yaml": present}] if present else []
    return [*files, {"config/paper.yaml": shared}]


if __name__ == "__main__":
    sys.stdout.write(HEADER + yaml.safe_dump(pipeline(), sort_keys=False, width=120))
