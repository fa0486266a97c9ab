"""Sweep: the three paths' lengths over the strength of the smoothing, from none at all."""

from typing import Any

import pandas as pd

from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import draw_pairs
from replication.measuring.paths import measure
from replication.metrics.smoothed import smoothing
from replication.models.latent_space import open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"sweep": "sweep.csv"}
SETTINGS = ("pairs", "follow_radius", "neural")
ASKED_BY = "sweep"


def run(job: Job) -> dict[str, Any]:
    """Outputs: sweep (sweep.csv: the rows of pairs.csv for each lambda_s)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    pairs = draw_pairs(
        space,
        int(job.settings["pairs"]),
        seeds.derive(int(job.seed or 0), str(job.dataset), "pairs"),
        measured=int(job.settings["neural"]["pairs"]),
    )
    multipliers = [float(value) for value in job.settings["sweep"]]
    frames = []
    for done, multiplier in enumerate(multipliers):
        metric = metrics.build(space, "smoothed", multiplier=multiplier)
        job.progress(done, len(multipliers), f"lambda_s {smoothing(metric)[0]:.3g}")
        measured = measure(space, pairs, "smoothed", metric, job.settings["follow_radius"], with_statistics=False)
        frames.append(measured.rows.assign(lambda_multiplier=multiplier))
    artifacts.write_csv(job.outputs["sweep"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}
