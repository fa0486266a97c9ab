"""Where in its stride a walk is, from the joint angles alone."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

__all__ = ["gait_phase"]


def gait_phase(
    poses: Float[ndarray, "frames joints"], walks: Float[ndarray, "rows joints"]
) -> Float[ndarray, "frames"]:
    """The angle of poses in the plane of the first two principal components of some walks, radians in [-pi, pi].

    Along both axes the walks have a standard deviation of one, so that a stride is about a circle, passed once.

    Args:
        poses: Joint angles, radians.
        walks: The same of all the walks that span the plane.
    """
    middle = walks.mean(axis=0)
    spread, axes = np.linalg.svd((walks - middle).astype(np.float64), full_matrices=False)[1:]
    x, y = ((poses - middle) @ axes[:2].T / spread[:2]).T
    return np.arctan2(y, x)
