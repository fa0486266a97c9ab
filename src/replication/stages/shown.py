"""Shown: what the figures draw of one pair, the first that the seed drew: velocities and decoded frames."""

from typing import Any

import numpy as np
import torch

from replication import artifacts, datasets
from replication.latent_space import LatentSpace, open_latent_space
from replication.path_statistics import classify
from replication.stages import Job

__all__ = ["run"]


def run(job: Job) -> dict[str, Any]:
    """Inputs: model, data, geodesics. Outputs: shown (shown.npz, arrays named by path)."""
    space = open_latent_space(job.inputs["model"], job.inputs["data"], job.settings, job.device)
    solved = artifacts.read_npz(job.inputs["geodesics"])
    t, z0, z1 = solved["t"], solved["z0"][0], solved["z1"][0]
    arrays: dict[str, np.ndarray] = {"t": t}
    curves = {"euclidean": z0 + t[:, None] * (z1 - z0)}
    for path, key in (
        ("geodesic_raw", "curves_raw"),
        ("geodesic_smoothed", "curves_smoothed"),
        ("manifold", "manifold"),
        ("neural_raw", "neural_raw"),
        ("neural_smoothed", "neural_smoothed"),
    ):
        if key in solved and len(solved[key]):
            curves[path] = solved[key][0]
            if f"outcome_{key}" in solved:
                arrays[f"{path}_outcome"] = solved[f"outcome_{key}"][0]
    for path, curve in curves.items():
        shown = _show(space, torch.as_tensor(curve).to(space.encodings), int(job.settings["frames"]))
        arrays |= {f"{path}_{name}": value for name, value in shown.items()}
    if "ring_effector" in space.data:
        arrays["ring_effector"] = space.data["ring_effector"]
    artifacts.write_npz(job.outputs["shown"], **arrays)
    return {"data_source": space.meta["data_source"]}


def _show(space: LatentSpace, nodes: torch.Tensor, frames: int) -> dict[str, np.ndarray]:
    """One path's curve, velocities, classes and views; the arm is viewed at every node, the others at some frames."""
    step = 1.0 / (len(nodes) - 1)
    derivative = torch.gradient(nodes, spacing=step, dim=0, edge_order=2)[0]
    with torch.no_grad():
        velocities = {
            f"velocity_{name}": space.metric(name).squared_speed(nodes, derivative).clamp(min=0).sqrt().cpu().numpy()
            for name in ("raw", "smoothed")
        }
    every = "ring_effector" in space.data
    at = np.arange(len(nodes)) if every else np.linspace(0, len(nodes) - 1, frames).round().astype(int)
    with torch.no_grad():
        decoded = space.decoder(nodes[torch.as_tensor(at)]).cpu().numpy()
    views = datasets.load(space.meta["loader"]).view(decoded, space.meta)
    classes = {"class": classify(space, nodes[None])[0]} if "label" in space.parameter else {}
    return {"curve": nodes.cpu().numpy(), "t": at / (len(nodes) - 1), **velocities, **classes, **views}
