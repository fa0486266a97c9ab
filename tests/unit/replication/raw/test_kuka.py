"""The arm's kinematics, against a second description of the same arm: its joint axes and link offsets."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from replication.raw import kuka

#: Offset of each joint from the one before (m) and its axis, arm stretched forward, as in the arm's URDF.
LINKS = [
    ((0, 0, 0.400), (0, 0, -1)),
    ((0.025, 0, 0), (0, 1, 0)),
    ((0.455, 0, 0), (0, 1, 0)),
    ((0, 0, 0.035), (-1, 0, 0)),
    ((0.420, 0, 0), (0, 1, 0)),
    ((0.080, 0, 0), (-1, 0, 0)),
]


def by_axes(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flange position and tool direction by turning one link after the other."""
    turned, at = Rotation.identity(), np.zeros(3)
    for angle, (offset, axis) in zip(joints, LINKS, strict=True):
        at = at + turned.apply(offset)
        turned = turned * Rotation.from_rotvec(angle * np.array(axis))
    return at, turned.apply([1, 0, 0])


@pytest.fixture
def joints() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.uniform(kuka.LIMITS[:, 0], kuka.LIMITS[:, 1], (40, 6))


def test_forward_agrees_with_the_axes_of_the_joints(joints: np.ndarray):
    position, orientation = kuka.forward(joints)
    expected = [by_axes(row) for row in joints]
    np.testing.assert_allclose(position, [at for at, _ in expected], atol=1e-12)
    np.testing.assert_allclose(orientation[..., 2], [tool for _, tool in expected], atol=1e-12)


def test_the_stretched_arm_reaches_as_far_as_its_links():
    np.testing.assert_allclose(kuka.forward(np.zeros(6))[0], [0.98, 0, 0.435], atol=1e-12)


def test_orientations_are_rotations(joints: np.ndarray):
    orientation = kuka.forward(joints)[1]
    np.testing.assert_allclose(
        orientation @ np.swapaxes(orientation, -1, -2), np.eye(3)[None].repeat(40, 0), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(orientation), 1.0)


def test_the_jacobian_is_the_derivative(joints: np.ndarray):
    J, step = kuka.jacobian(joints), 1e-6
    for joint in range(6):
        moved = step * np.eye(6)[joint]
        ahead, behind = kuka.forward(joints + moved), kuka.forward(joints - moved)
        np.testing.assert_allclose(J[:, :3, joint], (ahead[0] - behind[0]) / (2 * step), atol=1e-8)
        turn = kuka.rotation_error(ahead[1], behind[1]) / (2 * step)
        np.testing.assert_allclose(J[:, 3:, joint], turn, atol=1e-8)


def test_inverse_undoes_forward(joints: np.ndarray):
    joints[:, 4] = np.sign(joints[:, 4]) * np.clip(np.abs(joints[:, 4]), 0.4, None)  # not near the singular pose
    start = joints + np.random.default_rng(2).normal(0, 0.01, joints.shape)
    solved, residual = kuka.inverse(*kuka.forward(joints), start)
    assert residual.max() < 1e-10
    np.testing.assert_allclose(kuka.forward(solved)[0], kuka.forward(joints)[0], atol=1e-10)


def test_a_pose_out_of_reach_leaves_a_residual():
    _, orientation = kuka.forward(np.zeros((1, 6)))
    start = np.deg2rad([[0, -45, 90, 0, 45, 0]])
    _, residual = kuka.inverse(np.array([[2.0, 0, 0]]), orientation, start, damping=1e-2)
    assert residual[0] > 0.5
