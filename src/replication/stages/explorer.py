"""Explorer: a page of the first seed's models in which geodesics are computed while one looks at them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from latentgeo.explorer.assemble import page
from replication.evidence import reported
from replication.evidence.dataset_names import name_of
from replication.files import needs
from replication.files.artifacts import read_csv, read_json, read_npz, write_text
from replication.models.latent_space import open_latent_space
from replication.report.explored import explored
from replication.stages import Job
from replication.tables import tab04_verdict

__all__ = ["reads", "run"]

PER = "profile"
READS = ("models", "geometry", "reported", "verdict")
MAKES = {"explorer": "explorer.html"}
SETTINGS = ("encodings", "grid", "lambda_multiplier", "rank", "precision")


def reads(job: Job) -> list[Path]:
    """Models, data and shown pairs of what the page shows."""
    return [file for dataset in _shown(job) for file in _files(job, dataset).values()]


def run(job: Job) -> dict[str, Any]:
    """Outputs: explorer (html).

    Settings: results (folder), datasets, seeds; of each data set those that its latent space depends on.
    """
    settings, seed = job.settings, min(job.settings["seeds"])
    verdict = read_csv(job.inputs["verdict"])
    claims = tab04_verdict.build(needs.Needs({}, reported.load(job.inputs["reported"]), verdict))
    parts = []
    for count, dataset in enumerate(shown := list(_shown(job))):
        job.progress(count, len(shown), dataset)
        files = _files(job, dataset)
        own = {key: settings[key][dataset] for key in SETTINGS}
        space = open_latent_space(files["model"], files["data"], own, "cpu", seed)
        pairs = read_npz(files["geodesics"])
        where = f"Profile {Path(settings['results']).name}, seed {seed}"
        about = claims.loc[(verdict["dataset"] == dataset).to_numpy()].drop(columns="figure")
        name = name_of(dataset)
        parts.append(explored(space, name, where, pd.DataFrame(about), np.stack([pairs["z0"][0], pairs["z1"][0]])))
    write_text(job.outputs["explorer"], page(parts, "Metrics for Deep Generative Models: explorer"))
    return {"shown": shown}


def _shown(job: Job) -> Iterator[str]:
    """The data sets that are no variants of others."""
    for dataset in job.settings["datasets"]:
        meta = _files(job, dataset)["meta"]
        if meta.is_file() and read_json(meta)["loader"] == dataset:
            yield dataset


def _files(job: Job, dataset: str) -> dict[str, Path]:
    results = Path(job.settings["results"])
    model = results / dataset / f"seed{min(job.settings['seeds'])}"
    data = Path("data", "processed", results.name, dataset)
    return {
        "model": model / "model.safetensors",
        "architecture": model / "model.json",
        "geodesics": model / "geodesics.npz",
        "data": data.with_suffix(".npz"),
        "meta": data.with_suffix(".json"),
    }
