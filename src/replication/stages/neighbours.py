"""Neighbours: whether a point's nearest neighbours have its class, by the geodesic and by the latent distance."""

from typing import Any

import numpy as np
import pandas as pd
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
MAKES = {"neighbours": "neighbours.csv"}
ASKED_BY = "neighbours"


def run(job: Job) -> dict[str, Any]:
    """Outputs: neighbours (neighbours.csv).

    A row for each point and metric: the share of its nearest neighbours, as many as the settings say, that have its
    class, by the distance in that metric (`geodesic`) and in the latent space (`euclidean`).
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings = job.settings["neighbours"]
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "neighbours")
    chosen = torch.randperm(len(space.encodings), generator=generator)[: int(settings["points"])]
    z, label = space.encodings[chosen], space.parameter["label"][chosen.numpy()]
    euclidean = _purity(torch.cdist(z, z).cpu().numpy(), label, int(settings["nearest"]))
    frames = []
    for name in settings["metrics"]:
        metric = metrics.build(space, name)
        found = lg.distance_matrix(
            metric,
            z,
            grid=space.cache_of(metric),
            on_step=lambda step, value, name=name: job.progress(step, None, f"{name} metric, mean {value:.4g}"),
        )
        geodesic = _purity(found.cpu().numpy(), label, int(settings["nearest"]))
        frames.append(pd.DataFrame({"metric": name, "label": label, "geodesic": geodesic, "euclidean": euclidean}))
    artifacts.write_csv(job.outputs["neighbours"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def _purity(distance: np.ndarray, label: np.ndarray, nearest: int) -> np.ndarray:
    """Share of each point's nearest others that have its class, (points,)."""
    away = distance.copy()
    np.fill_diagonal(away, np.inf)
    return (label[np.argsort(away, axis=1, kind="stable")[:, :nearest]] == label[:, None]).mean(axis=1)
