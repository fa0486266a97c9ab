"""Train: the data set's IWAE, with a checkpoint at least every minute from which a killed run goes on."""

import hashlib
import json
from typing import Any

import pandas as pd
import torch

from latentgeo.generative import IWAE, TrainingSettings, fit
from replication.files import artifacts
from replication.files.prepared import read_prepared
from replication.models import checkpoints
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
READS = ("data", "meta")
MAKES = {"model": "model.safetensors", "architecture": "model.json", "history": "training.csv"}
SETTINGS = ("model", "train")


def run(job: Job) -> dict[str, Any]:
    """Outputs: model (safetensors), architecture (model.json), history (training.csv)."""
    settings = TrainingSettings(**job.settings["train"])
    arrays, meta = read_prepared(job.inputs["data"])
    train, valid = (torch.from_numpy(arrays[split]).to(job.device) for split in ("train", "valid"))
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "train")
    model = IWAE(obs=train.shape[1], generator=generator, **job.settings["model"])
    model.to(job.device)

    state_path = job.outputs["model"].with_name(f"training_state.{_identity(job)}.safetensors")
    result = fit(
        model,
        train,
        valid,
        settings,
        generator,
        resume=checkpoints.load_state(state_path) if state_path.exists() else None,
        on_step=lambda step, bound: job.progress(step, settings.steps, f"bound {bound:.2f} nats"),
        on_checkpoint=lambda state: checkpoints.save_state(state_path, state),
        progress=False,  # it has a bar of its own
    )

    checkpoints.save(
        job.outputs["model"],
        model,
        {"dataset": job.dataset, "seed": job.seed, "config": job.settings, "data_source": meta["data_source"]},
    )
    artifacts.write_csv(job.outputs["history"], pd.DataFrame(result.history))
    for state in state_path.parent.glob("training_state.*.safetensors"):
        state.unlink()
    return {"data_source": meta["data_source"], "train_seconds": result.seconds}


def _identity(job: Job) -> str:
    """Names the checkpoints of runs with these settings, this seed and these data; no other run resumes them."""
    words = json.dumps([job.settings, job.dataset, job.seed, artifacts.sha256(job.inputs["data"])], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]
