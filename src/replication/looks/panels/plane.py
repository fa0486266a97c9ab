"""A closed path in space seen straight on: the plane that fits it, and the distance of other points from it."""

import numpy as np
from scipy.spatial import KDTree

__all__ = ["distance_to_ring", "project"]


def project(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Coordinates of points in the ring's best-fitting plane, origin at the ring's centre.

    Args:
        points: (..., 3) metres, the last axis up.
        ring: (m, 3) metres.

    Returns:
        (..., 2) metres: across, which is level in space, and up along the plane.
    """
    centre = ring.mean(axis=0)
    normal = np.linalg.svd(ring - centre, full_matrices=False)[2][2]
    across = np.cross([0.0, 0.0, 1.0], normal)
    level = np.linalg.norm(across)
    across = across / level if level > 1e-9 else np.array([1.0, 0.0, 0.0])
    up = np.cross(normal, across)
    up = up if up[2] >= 0 else -up
    return (points - centre) @ np.stack([across, up], axis=1)


def distance_to_ring(points: np.ndarray, ring: np.ndarray, refine: int = 20) -> np.ndarray:
    """Distance of points to the closed polyline through the ring, resampled `refine` times as densely.

    Args:
        points: (n, 3) metres.
        ring: (m, 3) metres, in order.
        refine: Points a segment.

    Returns:
        (n,) metres.
    """
    steps = np.arange(refine)[:, None, None] / refine
    dense = ring * (1 - steps) + np.roll(ring, -1, axis=0) * steps
    return np.asarray(KDTree(dense.reshape(-1, 3)).query(points)[0])
