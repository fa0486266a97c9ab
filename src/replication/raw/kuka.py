"""Kinematics of the KUKA KR 6 R900 sixx, the arm that draws the circle (paper, section 4.3).

The paper says "6 DOF KUKA" and no more. This arm's lengths and joint limits are published in KUKA's data sheet
("KR AGILUS sixx, specification") and, independently, in ROS-Industrial's `kuka_kr6_support` (kr6r900sixx_macro.xacro).
Joint signs and zeros are the controller's: all joints at zero stretch the arm forward along +x.
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

__all__ = ["DH", "LIMITS", "forward", "inverse", "jacobian", "rotation_error"]

#: Denavit-Hartenberg table (classic convention), a row a joint: offset of theta (rad), d (m), a (m), alpha (rad).
#: The base frame has its z axis pointing down, because A1, A4 and A6 turn mathematically negative.
DH = np.array(
    [
        [0.0, -0.400, 0.025, np.pi / 2],
        [0.0, 0.0, 0.455, 0.0],
        [-np.pi / 2, 0.0, 0.035, np.pi / 2],
        [0.0, -0.420, 0.0, -np.pi / 2],
        [0.0, 0.0, 0.0, np.pi / 2],
        [np.pi, -0.080, 0.0, np.pi],
    ]
)

#: Lowest and highest angle of each joint, rad.
LIMITS = np.deg2rad([[-170, 170], [-190, 45], [-120, 156], [-185, 185], [-120, 120], [-350, 350]])

_BASE = np.diag([1.0, -1.0, -1.0, 1.0])


def forward(joints: Float[ndarray, "*batch 6"]) -> tuple[Float[ndarray, "*batch 3"], Float[ndarray, "*batch 3 3"]]:
    """Position (m) and orientation of the flange; the third column of the orientation is the tool's axis."""
    flange = _frames(np.asarray(joints, dtype=float))[-1]
    return flange[..., :3, 3], flange[..., :3, :3]


def jacobian(joints: Float[ndarray, "*batch 6"]) -> Float[ndarray, "*batch 6 6"]:
    """Geometric Jacobian of the flange: rows 0-2 metres per radian, rows 3-5 radians per radian, in base axes."""
    frames = _frames(np.asarray(joints, dtype=float))
    tip = frames[-1][..., :3, 3]
    columns = []
    for frame in frames[:-1]:
        axis = frame[..., :3, 2]
        columns.append(np.concatenate([np.cross(axis, tip - frame[..., :3, 3]), axis], axis=-1))
    return np.stack(columns, axis=-1)


def inverse(
    position: Float[ndarray, "batch 3"],
    orientation: Float[ndarray, "batch 3 3"],
    start: Float[ndarray, "batch 6"],
    iterations: int = 30,
    damping: float = 1e-9,
    tolerance: float = 1e-12,
) -> tuple[Float[ndarray, "batch 6"], Float[ndarray, " batch"]]:
    """Joint angles that bring the flange to each pose, by damped Newton steps from `start`.

    All poses are solved at once. The solution stays on the branch of `start` when the pose is near.

    Args:
        position: Wanted flange positions, m.
        orientation: Wanted flange orientations.
        start: Joint angles to begin from, rad.
        iterations: Most Newton steps.
        damping: Added to the diagonal of J J^T; keeps steps finite near a singular pose.
        tolerance: Stop when no pose is off by more than this (m and rad).

    Returns:
        Joint angles in rad, and for each pose what is left: the larger of position (m) and rotation (rad) error.
    """
    joints = np.array(start, dtype=float)
    eye = damping * np.eye(6)
    for _ in range(iterations):
        error = _pose_error(joints, position, orientation)
        if np.max(np.abs(error)) < tolerance:
            break
        J = jacobian(joints)
        step = np.swapaxes(J, -1, -2) @ np.linalg.solve(J @ np.swapaxes(J, -1, -2) + eye, error[..., None])
        joints += step[..., 0]
    error = _pose_error(joints, position, orientation)
    residual = np.maximum(np.linalg.norm(error[..., :3], axis=-1), np.linalg.norm(error[..., 3:], axis=-1))
    return joints, residual


def rotation_error(wanted: Float[ndarray, "*batch 3 3"], current: Float[ndarray, "*batch 3 3"]) -> ndarray:
    """Rotation vector (rad, base axes) that takes `current` to `wanted`; exact for angles below pi/2 up to scale.

    It is sin(angle) times the axis, the usual error of resolved-rate inverse kinematics (Luh, Walker and Paul 1980).
    """
    return 0.5 * np.sum(np.cross(current, wanted, axisa=-2, axisb=-2, axisc=-2), axis=-1)


def _pose_error(joints: ndarray, position: ndarray, orientation: ndarray) -> ndarray:
    at, turned = forward(joints)
    return np.concatenate([position - at, rotation_error(orientation, turned)], axis=-1)


def _frames(joints: ndarray) -> list[ndarray]:
    """The base frame and the frame after every joint, each (*batch, 4, 4)."""
    frame = np.broadcast_to(_BASE, (*joints.shape[:-1], 4, 4))
    frames = [frame]
    for joint, (offset, d, a, alpha) in enumerate(DH):
        frame = frame @ _link(joints[..., joint] + offset, d, a, alpha)
        frames.append(frame)
    return frames


def _link(theta: ndarray, d: float, a: float, alpha: float) -> ndarray:
    """One row of the table as a transform: Rot_z(theta) Trans_z(d) Trans_x(a) Rot_x(alpha)."""
    c, s = np.cos(theta), np.sin(theta)
    ca, sa = np.cos(alpha), np.sin(alpha)
    link = np.zeros((*theta.shape, 4, 4))
    link[..., 0, 0], link[..., 0, 1], link[..., 0, 2], link[..., 0, 3] = c, -s * ca, s * sa, a * c
    link[..., 1, 0], link[..., 1, 1], link[..., 1, 2], link[..., 1, 3] = s, c * ca, -c * sa, a * s
    link[..., 2, 1], link[..., 2, 2], link[..., 2, 3] = sa, ca, d
    link[..., 3, 3] = 1.0
    return link
