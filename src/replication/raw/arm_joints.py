"""Where the arm's joints are in space, for pictures of the whole arm."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from replication.raw.kuka import _frames

__all__ = ["joints_in_space"]


def joints_in_space(joints: Float[ndarray, "*batch 6"]) -> Float[ndarray, "*batch 7 3"]:
    """The base, the origin of the frame after each joint, the flange last, in metres."""
    return np.stack([frame[..., :3, 3] for frame in _frames(np.asarray(joints, dtype=float))], axis=-2)
