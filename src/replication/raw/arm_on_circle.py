"""The arm's joint angles while its flange draws a circle (paper, section 4.3)."""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from replication.raw import kuka

__all__ = ["joints_on_circle", "on_circle", "tool_orientation"]

#: Circles between the centre and the wanted one; neighbours are 1-2 cm apart, near enough for Newton's method.
GROWTH = 32
RESIDUAL_LIMIT = 1e-6  # metres and radians


def joints_on_circle(
    angle: Float[ndarray, " n"], settings: dict[str, Any]
) -> tuple[Float[ndarray, "n 6"], Float[ndarray, " n"]]:
    """Joint angles that put the flange on the circle, tool held in one direction, by inverse kinematics.

    The circle grows from its centre to its radius, and each angle's solution follows. All lie on the one branch of the
    centre's solution, so the joints move continuously and come back to where they began: solving along the circle
    cannot promise the latter.

    Args:
        angle: Where on the circle, rad.
        settings: `centre` (m), `radius` (m), `normal` of the circle's plane and `tool` direction (base axes), `start`:
            joint angles near the centre's solution (degrees), which choose the branch.

    Returns:
        Joint angles in rad and the residual of each pose: the larger of position (m) and rotation (rad) error.

    Raises:
        ValueError: A pose is out of reach, the joints jump (a singular pose inside the circle), or a limit is exceeded.
    """
    tool = tool_orientation(np.asarray(settings["tool"], dtype=float))
    start = np.deg2rad(np.asarray(settings["start"], dtype=float))
    centre = np.asarray(settings["centre"], dtype=float)
    joints, residual = kuka.inverse(centre[None], tool[None], start[None], iterations=300, damping=1e-4)
    _require_reached(residual, "the circle's centre")
    joints = np.repeat(joints, len(angle), axis=0)
    orientation = np.broadcast_to(tool, (len(angle), 3, 3))
    for radius in np.linspace(0.0, settings["radius"], GROWTH + 1)[1:]:
        before = joints
        joints, residual = kuka.inverse(on_circle(angle, settings, radius), orientation, before, iterations=15)
        _require_reached(residual, f"the circle of radius {radius:.3f} m")
        if np.abs(joints - before).max() > np.pi / 4:
            raise ValueError(
                f"the joints jump at radius {radius:.3f} m: a singular pose; move data.centre or data.tool"
            )
    _require_limits(joints)
    return joints, residual


def on_circle(angle: Float[ndarray, " n"], settings: dict[str, Any], radius: float) -> Float[ndarray, "n 3"]:
    """Points of a circle in metres, base axes; angle 0 is the highest one, and angles turn about the normal."""
    normal = np.asarray(settings["normal"], dtype=float)
    normal = normal / np.linalg.norm(normal)
    up = np.array([0.0, 0.0, 1.0]) if abs(normal[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    first = up - (up @ normal) * normal
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    offset = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    return np.asarray(settings["centre"], dtype=float) + radius * offset


def tool_orientation(axis: Float[ndarray, " 3"]) -> Float[ndarray, "3 3"]:
    """The flange's orientation with its tool along `axis` and its second axis horizontal.

    Raises:
        ValueError: The axis is vertical or zero, which leaves the roll open.
    """
    sideways = np.cross([0.0, 0.0, 1.0], axis)
    if np.linalg.norm(sideways) < 1e-6:
        raise ValueError(f"data.tool must not be vertical or zero; got {axis.tolist()}")
    axis, sideways = axis / np.linalg.norm(axis), sideways / np.linalg.norm(sideways)
    return np.stack([np.cross(sideways, axis), sideways, axis], axis=-1)


def _require_reached(residual: ndarray, where: str) -> None:
    if not residual.max() < RESIDUAL_LIMIT:
        raise ValueError(
            f"inverse kinematics does not reach {where}: off by {residual.max():.2e} (limit {RESIDUAL_LIMIT:.0e} m); "
            "move data.centre, data.tool or data.start"
        )


def _require_limits(joints: ndarray) -> None:
    excess = np.maximum(kuka.LIMITS[:, 0] - joints, joints - kuka.LIMITS[:, 1]).max(axis=0)
    if excess.max() > 0:
        joint = int(excess.argmax())
        low, high = np.rad2deg(kuka.LIMITS[joint])
        raise ValueError(
            f"joint A{joint + 1} leaves its limits of {low:.0f} to {high:.0f} degrees by "
            f"{np.rad2deg(excess[joint]):.1f}; move data.centre, data.tool or data.start"
        )
