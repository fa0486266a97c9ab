"""Selection: which of a data set's candidates has the best validation bound. Reads no length and no metric."""

from pathlib import Path
from typing import Any

from replication.files.artifacts import read_csv, read_json, write_csv
from replication.models.selection import tabulate
from replication.stages import Job

__all__ = ["reads", "run"]

PER = "candidates"
READS = ("candidates",)
MAKES = {"selection": "{loader}.csv"}
SETTINGS = ("selection",)


def reads(job: Job) -> list[Path]:
    """What the training of every model recorded."""
    return [file for model in job.settings["candidates"] for files in _files(job, model) for file in files]


def run(job: Job) -> dict[str, Any]:
    """Outputs: selection (csv). Settings: `Plan.settings_of`."""
    candidates = job.settings["candidates"]
    read = {
        model: [(read_json(record), read_csv(history)) for record, history in _files(job, model)]
        for model in candidates
    }
    frame = tabulate(
        candidates,
        {model: [record for record, _ in seeds] for model, seeds in read.items()},
        {model: [history for _, history in seeds] for model, seeds in read.items()},
        float(job.settings["selection"]["tied"]),
    )
    write_csv(job.outputs["selection"], frame)
    return {"chosen": str(frame.loc[frame["chosen"], "model"].iloc[0])}


def _files(job: Job, model: str) -> list[tuple[Path, Path]]:
    folders = [Path(job.settings["results"]) / model / f"seed{seed}" for seed in job.settings["seeds"]]
    return [(folder / "model.json", folder / "training.csv") for folder in folders]
