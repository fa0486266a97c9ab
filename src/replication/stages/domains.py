"""Domains: what the paths are where curves may go as far as the prior has mass, in place of a box around the data."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.pairs import draw_pairs
from replication.measuring.paths import measure, neural_curve
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run", "within_prior"]

PER = "model"
LATENT_SPACE = True
MAKES = {"domains": "domains.csv"}
SETTINGS = ("pairs", "follow_radius", "neural")
ASKED_BY = "domains"


def run(job: Job) -> dict[str, Any]:
    """Outputs: domains (domains.csv: the rows of pairs.csv for each domain, smoothed).

    `domain` is the share of the prior that the box holds, 0 for that of all else: around the encodings.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings, name = job.settings["domains"], "smoothed"
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "pairs")
    measured = int(job.settings["neural"]["pairs"])
    drawn = draw_pairs(space, int(job.settings["pairs"]), generator, measured=measured)
    pairs, radius = drawn[: int(settings["pairs"])], job.settings["follow_radius"]
    frames = []
    for done, mass in enumerate([0.0, *settings["prior"]]):
        job.progress(done, 1 + len(settings["prior"]), f"{mass:.0%} of the prior" if mass else "around the encodings")
        there = within_prior(space, mass) if mass else space
        metric = metrics.build(there, name)
        solver = lg.NeuralCurve(
            generator=seeds.derive(int(job.seed or 0), str(job.dataset), "domains"),
            **{key: value for key, value in job.settings["neural"].items() if key != "pairs"},
        )
        for paths in (
            measure(there, pairs, name, metric, radius),
            neural_curve(there, pairs, name, metric, radius, solver),
        ):
            frames.append(paths.rows.assign(domain=mass))
    artifacts.write_csv(job.outputs["domains"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def within_prior(space: LatentSpace, mass: float) -> LatentSpace:
    """The same space, with curves bounded by the square around the disc that holds this share of N(0, I), Nz = 2."""
    edge = math.sqrt(-2 * math.log(1 - mass))
    return replace(space, bounds=((-edge, edge), (-edge, edge)))
