"""What the explorer shows of one trained model: metrics, labels, frames, and the verdict on its data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.explorer.payload import Note, payload
from replication import datasets, metrics
from replication.evidence.data_sources import KIND_WORDS
from replication.models.latent_space import LatentSpace
from replication.raw.arm_joints import joints_in_space
from replication.report.markup import cells

__all__ = ["explored"]

SHOWN = ("raw", "smoothed", "conformal")
HIP = "lfemur.rx"
# along each axis: what a page of four models has room for; the arm's metric is steep in a spot that fewer miss
NODES = 257


def explored(space: LatentSpace, name: str, where: str, verdict: pd.DataFrame, start: np.ndarray) -> dict[str, Any]:
    """One model's part of the page; see `latentgeo.explorer.payload`.

    Args:
        space: The model's latent space.
        name: What the page calls it.
        where: Profile and seed in words.
        verdict: Rows of the table of claims that are about its data set.
        start: Both ends of the pair that is shown first, (2, 2).
    """
    decoder, frames = _frames(space)
    source = KIND_WORDS.get(space.meta["data_source"], space.meta["data_source"])
    rows = cells(verdict.assign(claim=verdict["claim"].str.removeprefix(f"{name}: ")))
    chosen = {metric: metrics.build(space, metric) for metric in SHOWN}
    return payload(
        chosen["conformal"],
        space.encodings,
        labels=_labels(space),
        period=2 * np.pi if "angle" in space.parameter else None,
        decoder=decoder,
        frames=frames,
        metrics=chosen,
        bounds=space.bounds,
        size=NODES,
        start=torch.as_tensor(start),
        name=name,
        about=f"{where}. Data: {source}. The metric that we recommend is the conformal one.",
        note=Note("The paper's claims", list(verdict.columns), rows) if len(verdict) else None,
    )


def _labels(space: LatentSpace) -> Mapping[str, np.ndarray] | None:
    """Class or angle of each encoding; of a walk the left hip's flexion, which tells its phase."""
    if "label" in space.parameter:
        return {"class": space.parameter["label"]}
    if space.parameter:
        return space.parameter
    channels = space.meta.get("channels", [])
    if HIP not in channels:
        return None
    column = channels.index(HIP)
    flexion = space.data["test"][space.rows, column] + space.meta["channel_means"][column]
    return {"left hip's flexion, rad": flexion.astype(float)}


def _frames(space: LatentSpace) -> tuple[Any, lg.Frames]:
    """What is decoded for the eye, None for the decoder itself, and how it is shown: as the data set's view has it."""
    loader = space.meta["loader"]
    if loader not in datasets.names():
        return None, lg.Frames("curve")
    view, meta = datasets.load(loader).view, space.meta

    def decoded(z: Tensor) -> np.ndarray:
        return space.decoder(z).cpu().numpy()

    seen = view(decoded(space.encodings[:1]), meta)
    if "images" in seen:
        return None, lg.Frames("image", shape=seen["images"].shape[1:])
    if "segments" in seen:
        bones = seen["segments"].shape[1]
        edges = [(2 * bone, 2 * bone + 1) for bone in range(bones)]

        def points(z: Tensor) -> Tensor:
            return torch.as_tensor(view(decoded(z), meta)["segments"]).reshape(len(z), 2 * bones, 3)

        return points, lg.Frames("skeleton", edges=edges, up="y")
    if "effector" in seen:
        ring = space.data.get("ring_effector")
        return lambda z: torch.as_tensor(joints_in_space(decoded(z))), lg.Frames("arm", ring=ring, up="z")
    return None, lg.Frames("curve")
