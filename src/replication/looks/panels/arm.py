"""The robot arm in space: its links for given joint angles, and an axis that shows it with the circle of the data."""

from typing import Any

import numpy as np
from matplotlib.ticker import MultipleLocator
from scipy.spatial.transform import Rotation

from replication.raw.kuka import DH

__all__ = ["draw_arm", "links", "set_space"]


def links(joints: np.ndarray) -> np.ndarray:
    """The bends of the arm from its base to its flange, (13, 3) in metres.

    Each row of the Denavit-Hartenberg table goes along its joint's axis first and then across, and bends twice.

    Args:
        joints: Angles, (6,) rad.
    """
    turned, at = Rotation.from_matrix(np.diag([1.0, -1.0, -1.0])), np.zeros(3)
    bends = [at]
    for (offset, along, across, twist), angle in zip(DH, joints, strict=True):
        turned = turned * Rotation.from_euler("z", angle + offset)
        bends += [at + turned.apply([0, 0, along]), at + turned.apply([across, 0, along])]
        at, turned = bends[-1], turned * Rotation.from_euler("x", twist)
    return np.stack(bends)


def draw_arm(axis: Any, joints: np.ndarray) -> None:
    """The arm in a pose, grey, on an axis of three dimensions."""
    bends = links(joints)
    axis.plot(*bends.T, color="0.6", linewidth=3, solid_capstyle="round", solid_joinstyle="round", zorder=1)
    axis.plot(*bends[:1].T, "s", color="0.45", markersize=6, zorder=1)
    axis.plot(*bends[-1:].T, "o", color="0.45", markersize=2.5, zorder=2)


def set_space(axis: Any) -> None:
    """Equal scales, named axes and few ticks on an axis of three dimensions."""
    axis.set(xlabel="$x$ (m)", ylabel="$y$ (m)", zlabel="$z$ (m)")
    axis.set_aspect("equal")
    axis.view_init(elev=22, azim=-58)
    for one in (axis.xaxis, axis.yaxis, axis.zaxis):
        one.set_major_locator(MultipleLocator(0.4))
        one.labelpad = -6
        one.set_tick_params(pad=-3)
        one.pane.set_facecolor("1.0")
        one.pane.set_edgecolor("0.8")
