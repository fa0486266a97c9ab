"""A simulated pendulum: small images whose only degree of freedom is the joint's angle (paper, section 4.1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from replication.datasets import Processed
from replication.raw.fetch import SourceOptions
from replication.raw.splits import gaussian, random_split, uniform

__all__ = ["fetch", "preprocess", "render", "view"]


def fetch(
    settings: dict[str, Any], folder: Path, source: SourceOptions, on_step: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Nothing to fetch: the images are simulated."""
    return {"kind": "simulated", "reason": None, "files": {}, "missing": []}


def preprocess(settings: dict[str, Any], folder: Path, generator: torch.Generator) -> Processed:
    """Draw angles uniformly on [0, 2 pi), render the images, add noise and split.

    Returns:
        Arrays train, valid, test (n, size^2) with noise, angle_* (n,) in rad, and the noise-free ring (m, size^2) at
        ring_angle (m,). Pixels are about 0 (background) to 1 (the blob's middle); the noise may leave that range.
    """
    angle = 2 * np.pi * uniform((settings["images"],), generator)
    parts = random_split(len(angle), settings["valid"], settings["test"], generator)
    std = noise_std(settings)
    clean = render(angle, settings)
    noisy = clean + gaussian(clean.shape, std, generator)
    arrays: dict[str, ndarray] = {}
    for role, rows in parts.items():
        arrays[role] = noisy[rows].astype(np.float32)
        arrays[f"angle_{role}"] = angle[rows]
    arrays["ring_angle"] = 2 * np.pi * np.arange(settings["ring"]) / settings["ring"]
    arrays["ring"] = render(arrays["ring_angle"], settings).astype(np.float32)
    meta = {
        "noise": std,
        "obs_shape": [settings["size"], settings["size"]],
        "data_source": "simulated",
        "data_source_reason": None,
        "missing": [],
    }
    return Processed(arrays, meta)


def view(decoded: Float[ndarray, "time obs"], meta: dict[str, Any]) -> dict[str, ndarray]:
    """Decoded observations as images (time, size, size)."""
    return {"images": decoded.reshape(len(decoded), *meta["obs_shape"])}


def render(angle: Float[ndarray, " n"], settings: dict[str, Any]) -> Float[ndarray, "n obs"]:
    """Noise-free images of the pendulum's bob: a Gaussian blob that hangs down at angle 0 and turns anticlockwise.

    Args:
        angle: Joint angles, rad.
        settings: `size` in pixels; `blob_radius` and `blob_std` in the units in which the image spans [-1, 1].

    Returns:
        Rows of size^2 pixels, row by row from the top; 1 in the middle of the blob.
    """
    axis = np.linspace(-1.0, 1.0, settings["size"])
    x, y = axis[None, None, :], -axis[None, :, None]
    bob_x = settings["blob_radius"] * np.sin(angle)[:, None, None]
    bob_y = -settings["blob_radius"] * np.cos(angle)[:, None, None]
    squared = (x - bob_x) ** 2 + (y - bob_y) ** 2
    return np.exp(-squared / (2 * settings["blob_std"] ** 2)).reshape(len(angle), -1)


def noise_std(settings: dict[str, Any]) -> float:
    """Standard deviation of the pixel noise, from the reading of the paper's number.

    Raises:
        ValueError: The reading is neither std nor variance.
    """
    if settings["noise_reading"] == "std":
        return float(settings["noise"])
    if settings["noise_reading"] == "variance":
        return float(settings["noise"] ** 0.5)
    raise ValueError(f"data.noise_reading must be std or variance; got {settings['noise_reading']!r}")
