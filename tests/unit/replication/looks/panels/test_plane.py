"""A tilted circle seen straight on."""

import numpy as np

from replication.looks.panels.plane import distance_to_ring, project

ANGLE = np.linspace(0, 2 * np.pi, 60, endpoint=False)
TILT = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
CENTRE = np.array([0.5, -2.0, 1.0])


def in_space(x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
    """Points of the tilted plane, and beside it, in metres."""
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1) @ TILT.T + CENTRE


RING = in_space(2 * np.cos(ANGLE), np.sin(ANGLE))


def test_seen_straight_on_lengths_in_the_plane_stay_and_depth_is_lost() -> None:
    points = in_space(np.array([0.0, 2.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    seen = project(points, RING)
    np.testing.assert_allclose(seen[0], 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), [0, 2, 1], atol=1e-12)
    np.testing.assert_allclose(project(in_space(np.array([2.0]), np.array([0.0]), 5.0), RING), seen[1:2], atol=1e-12)


def test_in_the_plane_across_is_level_and_up_is_up() -> None:
    rise = project(RING, RING)[:, 1]
    level = np.polynomial.Polynomial.fit(rise, RING[:, 2], 1)
    np.testing.assert_allclose(level(rise), RING[:, 2], atol=1e-9)
    assert level.convert().coef[1] > 0


def test_distance_is_to_the_line_through_the_ring_and_not_to_its_points() -> None:
    between = (RING + np.roll(RING, -1, axis=0)) / 2
    np.testing.assert_allclose(distance_to_ring(between, RING), 0, atol=1e-12)
    np.testing.assert_allclose(distance_to_ring(RING + 0.25 * TILT[:, 2], RING), 0.25, rtol=1e-9)
