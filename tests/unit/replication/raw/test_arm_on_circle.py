"""The arm's joints along the circle."""

import numpy as np
import pytest

from replication.raw import kuka
from replication.raw.arm_on_circle import joints_on_circle, on_circle, tool_orientation

ANGLE = np.linspace(0, 2 * np.pi, 200, endpoint=False)


def test_the_flange_is_on_the_circle_with_the_tool_held(settings):
    arm = settings("robot_arm")
    joints, residual = joints_on_circle(ANGLE, arm)
    position, orientation = kuka.forward(joints)
    assert residual.max() < 1e-6
    np.testing.assert_allclose(position, on_circle(ANGLE, arm, arm["radius"]), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(position - arm["centre"], axis=1), 0.4, atol=1e-9)
    np.testing.assert_allclose(position[:, 0], arm["centre"][0], atol=1e-9)
    tool = np.array(arm["tool"]) / np.linalg.norm(arm["tool"])
    np.testing.assert_allclose(orientation[..., 2], np.broadcast_to(tool, (200, 3)), atol=1e-9)


def test_the_joints_move_smoothly_come_back_and_keep_their_limits(settings):
    joints, _ = joints_on_circle(ANGLE, settings("robot_arm"))
    steps = np.abs(np.diff(joints, axis=0, append=joints[:1]))
    assert steps.max() < 0.06
    assert (joints > kuka.LIMITS[:, 0]).all()
    assert (joints < kuka.LIMITS[:, 1]).all()
    assert (joints.std(axis=0) > 0.15).all()


def test_the_angle_turns_about_the_normal_from_the_top():
    circle = {"centre": [1, 0, 0], "normal": [2, 0, 0]}
    np.testing.assert_allclose(
        on_circle(np.array([0, np.pi / 2]), circle, 0.5), [[1, 0, 0.5], [1, -0.5, 0]], atol=1e-12
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"centre": [1.5, 0, 0.5]}, "does not reach the circle's centre"),
        ({"radius": 0.8}, "does not reach the circle of radius|the joints jump|leaves its limits"),
        ({"tool": [0.0, 1.0, -1.0], "start": [0, -45, 90, -110, 75, 140 + 360]}, "joint A6 leaves its limits"),
        ({"tool": [0.0, 0.0, -1.0]}, "data.tool must not be vertical"),
        ({"tool": [0.87, 0.2, -0.4]}, "the joints jump at radius|does not reach"),
    ],
)
def test_a_circle_that_cannot_be_drawn_is_refused(settings, change: dict, said: str):
    with pytest.raises(ValueError, match=said):
        joints_on_circle(ANGLE, settings("robot_arm") | change)


def test_the_tools_orientation_is_a_rotation_with_a_level_axis():
    turned = tool_orientation(np.array([1.0, 2.0, -3.0]))
    np.testing.assert_allclose(turned.T @ turned, np.eye(3), atol=1e-12)
    assert np.linalg.det(turned) == pytest.approx(1)
    assert turned[2, 1] == pytest.approx(0)
