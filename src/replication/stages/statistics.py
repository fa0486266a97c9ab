"""Statistics: whether neighbours and clusters by geodesic distances know classes and phases better than latent ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

import latentgeo as lg
from replication import metrics
from replication.files import artifacts
from replication.measuring.gait_phase import gait_phase
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job
from replication.workflow import seeds

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
MAKES = {"statistics": "statistics.csv"}
ASKED_BY = "statistics"


@dataclass(frozen=True)
class _Task:
    """Points of which something is known: a class each, or a phase.

    Attributes:
        z: All points, (points, latent): those that are asked, then those that their neighbours are sought among.
        known: (points,), of each.
        asked: How many are asked.
        classes: Whether classes are known, not phases.
    """

    z: Tensor
    known: np.ndarray
    asked: int
    classes: bool


def run(job: Job) -> dict[str, Any]:
    """Outputs: statistics (statistics.csv).

    Rows metric (`latent` is the Euclidean distance), measure and value. Where classes are known: `accuracy`, 1 or 0 for
    each asked point as the majority of its nearest others has its class or not; `ari` and `nmi`, of as many clusters
    around medoids as there are classes, with these. Of walks: `phase_error`, radians, between the phase of each pose of
    the test walk and the circular mean of its nearest training poses'. Asked points are the same for every metric, in
    the same order.
    """
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    settings = job.settings["statistics"]
    generator = seeds.derive(int(job.seed or 0), str(job.dataset), "statistics")
    label = space.parameter.get("label")
    task = _phases(space, int(settings["points"])) if label is None else _classes(space, label, settings, generator)
    frames = []
    for name in ("latent", *settings["metrics"]):
        distance = _distances(job, space, task.z, name).cpu()
        across = distance[: task.asked, task.asked :].numpy()
        measured = {}
        if task.classes:
            measured["accuracy"] = _right(across, task, int(settings["nearest"]))
            clusters = lg.k_medoids(distance, len(np.unique(task.known))).labels.numpy()
            measured["ari"] = [adjusted_rand_score(task.known, clusters)]
            measured["nmi"] = [normalized_mutual_info_score(task.known, clusters)]
        else:
            measured["phase_error"] = _astray(across, task, int(settings["nearest"]))
        frames += [pd.DataFrame({"metric": name, "measure": key, "value": value}) for key, value in measured.items()]
    artifacts.write_csv(job.outputs["statistics"], pd.concat(frames, ignore_index=True))
    return {"data_source": space.meta["data_source"]}


def _classes(space: LatentSpace, label: np.ndarray, settings: dict[str, Any], generator: torch.Generator) -> _Task:
    """Test points with labels; half of them are asked."""
    chosen = torch.randperm(len(space.encodings), generator=generator)[: int(settings["points"])]
    return _Task(space.encodings[chosen], label[chosen.numpy()], len(chosen) // 2, True)


def _phases(space: LatentSpace, points: int) -> _Task:
    """Poses of the test walk are asked, at most half of all; the others are of training walks, evenly spread."""
    poses = {
        part: space.data[part][np.linspace(0, len(space.data[part]) - 1, count).round().astype(int)]
        for part, count in (("test", min(len(space.data["test"]), points // 2)), ("train", points // 2))
    }
    known = np.concatenate([gait_phase(rows, space.data["train"]) for rows in poses.values()])
    rows = torch.as_tensor(np.concatenate(list(poses.values()))).to(space.encodings)
    with torch.no_grad():
        return _Task(space.model.encode(rows)[0], known, len(poses["test"]), False)


def _distances(job: Job, space: LatentSpace, z: Tensor, name: str) -> Tensor:
    if name == "latent":
        return torch.cdist(z, z)
    metric = metrics.build(space, name)
    return lg.distance_matrix(
        metric,
        z,
        grid=space.cache_of(metric),
        on_step=lambda step, value: job.progress(step, None, f"{name} metric, mean {value:.4g}"),
    )


def _right(across: np.ndarray, task: _Task, nearest: int) -> np.ndarray:
    """Whether the majority of each asked point's nearest others has its class, 1 or 0, (asked,)."""
    among = task.known[task.asked :]
    classifier = KNeighborsClassifier(nearest, metric="precomputed").fit(np.zeros((len(among), len(among))), among)
    return (classifier.predict(across) == task.known[: task.asked]).astype(float)


def _astray(across: np.ndarray, task: _Task, nearest: int) -> np.ndarray:
    """How far the circular mean of the nearest others' phases is from each asked point's, radians, (asked,)."""
    near = task.known[task.asked :][np.argsort(across, axis=1, kind="stable")[:, :nearest]]
    mean = np.exp(1j * near).mean(axis=1)
    return np.abs(np.angle(mean * np.exp(-1j * task.known[: task.asked])))
