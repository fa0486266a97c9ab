"""Fetch: put a data set's raw files into data/raw/<loader> and write where they came from."""

import os
from typing import Any

from replication import datasets
from replication.files import artifacts
from replication.raw.fetch import SourceOptions
from replication.stages import Job

__all__ = ["run"]

PER = "raw data"
MAKES = {"source": "source.json"}
SETTINGS = ("data", "standin")
ALWAYS = True


def run(job: Job) -> dict[str, Any]:
    """Outputs: source, the provenance of the raw files (source.json), and these files beside it.

    The mirror comes from the environment: it decides where the files come from, not what they are.
    """
    source = SourceOptions(mirror=os.environ.get("REPLICATION_MIRROR") or None, standin=job.settings["standin"])
    path = job.outputs["source"]
    path.parent.mkdir(parents=True, exist_ok=True)
    found = datasets.load(str(job.dataset)).fetch(job.settings["data"], path.parent, source, job.progress)
    artifacts.write_json(path, found)
    job.outputs.update({name: path.parent / name for name in found["files"]})
    return {"data_source": found["kind"], "data_source_reason": found["reason"], "missing": found["missing"]}
