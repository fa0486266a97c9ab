"""Preprocess: raw files to the arrays that training and geometry read."""

from typing import Any

from replication import datasets
from replication.files.prepared import write_prepared
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "data"
READS = ("source",)
MAKES = {"data": "{dataset}.npz", "meta": "{dataset}.json"}
SETTINGS = ("loader", "data")


def run(job: Job) -> dict[str, Any]:
    """Outputs: data (npz with train, valid, test and what belongs to them) and meta (json)."""
    loader = str(job.settings["loader"])
    generator = seeds.derive(int(job.seed or 0), loader, "preprocess")
    processed = datasets.load(loader).preprocess(job.settings["data"], job.inputs["source"].parent, generator)
    write_prepared(job.outputs["data"], job.outputs["meta"], processed.arrays, {"loader": loader, **processed.meta})
    return {key: processed.meta[key] for key in ("data_source", "data_source_reason", "missing")}
