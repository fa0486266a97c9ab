"""Which way curves leave a ring."""

import numpy as np

from replication.measuring.ring_side import relative_radius, side_of_ring

ANGLE = np.linspace(0, 2 * np.pi, 200, endpoint=False)
CENTRE = np.array([3.0, -1.0])
RING = CENTRE + np.stack([2 * np.cos(ANGLE), np.sin(ANGLE)], axis=1)


def arc(scale: np.ndarray | float) -> np.ndarray:
    chosen = ANGLE[10:60]
    return CENTRE + np.stack([2 * np.cos(chosen), np.sin(chosen)], axis=1) * np.broadcast_to(scale, 50)[:, None]


def test_radius_is_relative_to_the_ring_in_that_direction() -> None:
    curves = np.stack([arc(1.0), arc(0.5), arc(1.7)])
    expected = np.broadcast_to([[1.0], [0.5], [1.7]], (3, 50))
    np.testing.assert_allclose(relative_radius(RING, curves), expected, rtol=0.03)


def test_the_side_is_that_of_the_farthest_point() -> None:
    bulge = np.sin(np.linspace(0, np.pi, 50))
    curves = [arc(1 + 0.4 * bulge), arc(1 - 0.4 * bulge), arc(1 + 0.2 * bulge - 0.6 * bulge**4)]
    assert side_of_ring(RING, np.stack(curves)).tolist() == ["outside", "inside", "inside"]
