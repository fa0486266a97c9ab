"""Sweep: the three paths' lengths over the strength of the smoothing, from none at all."""

from typing import Any

import pandas as pd

from replication import artifacts, seeds
from replication.latent_space import draw_pairs, open_latent_space
from replication.paths import measure
from replication.stages import Job

__all__ = ["run"]


def run(job: Job) -> dict[str, Any]:
    """Inputs: model, data. Outputs: sweep (sweep.csv: the rows of pairs.csv for each lambda_s)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device)
    pairs = draw_pairs(space, int(job.settings["pairs"]), seeds.derive(int(job.seed or 0), str(job.dataset), "pairs"))
    multipliers = [float(value) for value in job.settings["sweep"]]
    frames = []
    for done, multiplier in enumerate(multipliers):
        lambda_s = multiplier * space.lambda_scale
        job.progress(done, len(multipliers), f"lambda_s {lambda_s:.3g}")
        measured = measure(space, pairs, lambda_s, job.settings["follow_radius"], with_statistics=False)
        frames.append(measured.rows.assign(lambda_multiplier=multiplier))
    artifacts.write_csv(job.outputs["sweep"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}
