"""Fetch: put a data set's raw files into data/raw/<loader> and write where they came from."""

from typing import Any

from replication import artifacts, datasets
from replication.fetch import SourceOptions
from replication.stages import Job

__all__ = ["run"]


def run(job: Job) -> dict[str, Any]:
    """Inputs: none. Outputs: source, the provenance of the raw files (source.json) that lie beside it."""
    source = SourceOptions(mirror=job.settings["mirror"], standin=job.settings["standin"])
    path = job.outputs["source"]
    path.parent.mkdir(parents=True, exist_ok=True)
    found = datasets.load(str(job.dataset)).fetch(job.settings["data"], path.parent, source, job.progress)
    artifacts.write_json(path, found)
    return {"data_source": found["kind"], "data_source_reason": found["reason"], "missing": found["missing"]}
