"""A simulated 6-DOF KUKA whose end effector draws a circle; the joint angles are observed (paper, section 4.3)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray

from replication.datasets import Processed
from replication.raw import kuka
from replication.raw.arm_on_circle import joints_on_circle
from replication.raw.fetch import SourceOptions
from replication.raw.splits import gaussian, random_split

__all__ = ["fetch", "preprocess", "view"]


def fetch(
    settings: dict[str, Any], folder: Path, source: SourceOptions, on_step: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Nothing to fetch: the movement is simulated."""
    return {"kind": "simulated", "reason": None, "files": {}, "missing": []}


def preprocess(settings: dict[str, Any], folder: Path, generator: torch.Generator) -> Processed:
    """Solve the joint angles along the circle, add noise and split.

    The paper's 6284 time steps go once round, as arange(0, 2 pi, 0.001) does; here they are equally spaced.

    Returns:
        Arrays train, valid, test (n, 6): joint angles in rad with noise; angle_* (n,): place on the circle in rad;
        effector_* (n, 3): noise-free flange position in metres; ring, ring_angle, ring_effector: the same noise-free at
        equally spaced places.
    """
    steps = settings["steps"]
    angle = 2 * np.pi * np.arange(steps) / steps
    ring_angle = 2 * np.pi * np.arange(settings["ring"]) / settings["ring"]
    joints, residual = joints_on_circle(np.concatenate([angle, ring_angle]), settings)
    effector, _ = kuka.forward(joints)
    noisy = joints + gaussian(joints.shape, settings["noise"], generator)
    arrays: dict[str, ndarray] = {}
    for role, rows in random_split(steps, settings["valid"], settings["test"], generator).items():
        arrays[role] = noisy[rows].astype(np.float32)
        arrays[f"angle_{role}"] = angle[rows]
        arrays[f"effector_{role}"] = effector[rows]
    arrays |= {"ring": joints[steps:].astype(np.float32), "ring_angle": ring_angle, "ring_effector": effector[steps:]}
    meta = {
        "noise": float(settings["noise"]),
        "obs_shape": [6],
        "data_source": "simulated",
        "data_source_reason": None,
        "missing": [],
        "centre": settings["centre"],
        "radius": settings["radius"],
        "ik_residual_max": float(residual.max()),
    }
    return Processed(arrays, meta)


def view(decoded: Float[ndarray, "time obs"], meta: dict[str, Any]) -> dict[str, ndarray]:
    """Flange positions (time, 3) in metres of decoded joint angles, by forward kinematics."""
    return {"effector": kuka.forward(decoded)[0]}
