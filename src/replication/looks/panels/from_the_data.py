"""How far decoded observations are from the data, and which of the data are nearest to them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from replication.raw.skeleton import channel_names, from_json, stick_figure

__all__ = ["nearest", "recorded_poses"]


def nearest(decoded: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of the data to each decoded observation, and how far it is.

    Args:
        decoded: (time, ..., axes), e.g. images (time, H, W, 1) or poses (time, bones, 2 ends, 3).
        data: (n, ..., axes).

    Returns:
        Index among the data, (time,); root mean square over all but the last axis of the Euclidean distance, (time,).
    """
    places = decoded[0, ..., 0].size
    distance = cdist(decoded.reshape(len(decoded), -1), data.reshape(len(data), -1)) / np.sqrt(places)
    return distance.argmin(axis=1), distance.min(axis=1)


def recorded_poses(data: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> np.ndarray:
    """Stick figures (frames, bones, 2 ends, xyz) in metres of the frames of a walk's training set.

    The noisy copies of a frame are averaged. The body stands where the skeleton puts it before any motion, as the
    decoded poses do.

    Args:
        data: Content of the data set's arrays: train (n, channels), trial_train and frame_train (n,).
        meta: What is known of them: skeleton, channels and channel_means, fixed_channels.
    """
    skeleton = from_json(meta["skeleton"])
    index = {name: column for column, name in enumerate(channel_names(skeleton))}
    named = np.stack([data["trial_train"], data["frame_train"]], axis=1)
    frames, which, copies = np.unique(named, axis=0, return_inverse=True, return_counts=True)
    angles = np.zeros((len(frames), data["train"].shape[1]))
    np.add.at(angles, which.ravel(), data["train"])
    motion = np.zeros((len(frames), len(index)))
    for name, value in meta["fixed_channels"].items():
        motion[:, index[name]] = value
    motion[:, [index[name] for name in meta["channels"]]] = angles / copies[:, None] + np.asarray(meta["channel_means"])
    return stick_figure(skeleton, motion)
