"""Which way curves leave a ring."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial import KDTree

__all__ = ["extent", "relative_radius", "side_of_ring"]


def relative_radius(
    ring: Float[ndarray, "m 2"], curves: Float[ndarray, "paths nodes 2"]
) -> Float[ndarray, "paths nodes"]:
    """Distance of points from the ring's centre over that of the ring in the same direction; 1 on the ring.

    Args:
        ring: Points along a closed curve around its mean; in a direction it is the point nearest in angle.
        curves: Points along paths.
    """
    centre = ring.mean(axis=0)
    radius = np.linalg.norm(ring - centre, axis=1)
    directions = (ring - centre) / radius[:, None]
    offset = curves - centre
    distance = np.linalg.norm(offset, axis=-1)
    unit = np.divide(offset, distance[..., None], out=np.zeros_like(offset), where=distance[..., None] > 0)
    return distance / radius[KDTree(directions).query(unit)[1]]


def extent(
    ring: Float[ndarray, "m 2"], curves: Float[ndarray, "paths nodes 2"]
) -> tuple[Float[ndarray, "paths"], Float[ndarray, "paths"]]:
    """Least and largest relative radius of each path."""
    radius = relative_radius(ring, curves)
    return radius.min(axis=1), radius.max(axis=1)


def side_of_ring(ring: Float[ndarray, "m 2"], curves: Float[ndarray, "paths nodes 2"]) -> ndarray:
    """`inside` or `outside`, (paths,): on which side of the ring a path's point is that lies farthest from it."""
    distance, _ = KDTree(ring).query(curves)
    farthest = distance.argmax(axis=1)
    beyond = relative_radius(ring, curves)[np.arange(len(farthest)), farthest] > 1
    return np.where(beyond, "outside", "inside")
