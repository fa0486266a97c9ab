"""Distances: the geodesic distance from one encoding to the whole latent space, for equidistance lines."""

from typing import Any

import numpy as np
import torch

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.models.latent_space import open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"distances": "distance_field.npz"}
ASKED_BY = "distance_field"


def run(job: Job) -> dict[str, Any]:
    """Outputs: distances (distance_field.npz: z, distance, euclidean, source, source_label)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings = job.settings["distance_field"]
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "distances")
    index = int(torch.randint(len(space.encodings), (1,), generator=generator))
    source = space.encodings[index]
    field = lg.distance_field(
        metrics.build(space, settings["metric"]), source, bounds=space.bounds, size=int(settings["size"])
    )
    z = field.z.cpu().numpy()
    artifacts.write_npz(
        job.outputs["distances"],
        z=z,
        distance=field.distance.cpu().numpy(),
        euclidean=np.linalg.norm(z - source.cpu().numpy(), axis=-1),
        source=source.cpu().numpy(),
        source_label=space.parameter["label"][index],
        metric=np.array(settings["metric"]),
        error=np.array(field.error),
    )
    return {"data_source": space.meta["data_source"]}
