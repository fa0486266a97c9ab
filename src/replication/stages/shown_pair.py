"""Shown pair: what the figures draw of one pair, number 0 (`measuring.pairs`): velocities and decoded frames."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import latentgeo as lg
from replication import datasets, metrics
from replication.files import artifacts
from replication.measuring.path_statistics import classify
from replication.models.latent_space import LatentSpace, open_latent_space
from replication.stages import Job

__all__ = ["run"]

PER = "model"
LATENT_SPACE = True
READS = ("geodesics",)
MAKES = {"shown_pair": "shown_pair.npz"}
SETTINGS = ("frames", "film")

PARTS = ("curves", "tangents", "traces", "outcomes")
GROUPS = {
    "euclidean": "euclidean",
    "manifold": "manifold",
    **{f"geodesic_{metric}": metric for metric in metrics.MEASURED},
    **{f"neural_{metric}": f"neural_{metric}" for metric in metrics.MEASURED},
}
"""Path in shown_pair.npz: group in geodesics.npz."""


def run(job: Job) -> dict[str, Any]:
    """Outputs: shown_pair (shown_pair.npz, arrays named by path)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device, int(job.seed or 0))
    solved = artifacts.read_npz(job.inputs["geodesics"])
    chosen = {name: metrics.build(space, name) for name in metrics.MEASURED}
    arrays: dict[str, np.ndarray] = {"t": solved["t"]}
    for path, group in GROUPS.items():
        if f"curves_{group}" in solved:
            parts = {name: solved[f"{name}_{group}"][0] for name in PARTS}
            shown = _show(space, chosen, parts, int(job.settings["frames"]), int(job.settings["film"]))
            arrays |= {f"{path}_{name}": value for name, value in shown.items()}
    if "ring_effector" in space.data:
        arrays["ring_effector"] = space.data["ring_effector"]
    artifacts.write_npz(job.outputs["shown_pair"], **arrays)
    return {"data_source": space.meta["data_source"]}


def _show(
    space: LatentSpace, chosen: Mapping[str, lg.Metric], path: dict[str, np.ndarray], frames: int, film: int
) -> dict[str, np.ndarray]:
    """One path's curve, velocities, classes and views; the arm is viewed at every node, the others at some frames.

    Its film is viewed at `film` times, for the animations.
    """
    nodes, tangents = (torch.as_tensor(path[name]).to(space.encodings) for name in ("curves", "tangents"))
    every = "ring_effector" in space.data
    at = np.arange(len(nodes)) if every else np.linspace(0, len(nodes) - 1, frames).round().astype(int)
    shots = np.linspace(0, len(nodes) - 1, film).round().astype(int)
    with torch.no_grad():
        velocities = {
            f"velocity_{name}": metric.squared_speed(nodes, tangents).clamp(min=0).sqrt().cpu().numpy()
            for name, metric in chosen.items()
        }
        decoded = space.decoder(nodes[torch.as_tensor(at)]).cpu().numpy()
        filmed = space.decoder(nodes[torch.as_tensor(shots)]).cpu().numpy()
    view = datasets.load(space.meta["loader"]).view
    views = view(decoded, space.meta)
    views |= {f"film_{name}": seen.astype("f4") for name, seen in view(filmed, space.meta).items()}
    classes = {"class": classify(space, nodes[None])[0]} if "label" in space.parameter else {}
    return {
        "curve": path["curves"],
        "trace": path["traces"],
        "outcome": path["outcomes"],
        "t": at / (len(nodes) - 1),
        "film_t": shots / (len(nodes) - 1),
        **velocities,
        **classes,
        **views,
    }
