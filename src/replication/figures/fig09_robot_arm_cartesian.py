"""Robot arm: the arm and the ways of its end effector in space, in the plane of the circle, and off it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.arm import draw_arm, set_space
from replication.looks.panels.from_the_data import nearest
from replication.looks.panels.plane import distance_to_ring, project
from replication.looks.panels.reconstructions import drawn, label_of, look_of
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The end effector along the paths, against the circle"
CAPTION = (
    "Robot arm. Left: the arm in the data's poses that are nearest to the ends of the shown pair, and the end effector "
    "of the decoded joint angles along the pair's paths. Middle: the same in the plane of the circle that the data "
    "follow. Right: its distance in space from that circle (logarithmic)."
)
NEEDS = [
    Need("robot_arm", "shown_pair.npz", "first"), Need("robot_arm", "pairs.csv"),
    Need("robot_arm", "data.npz", "first"),
]  # fmt: skip
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed", "geodesic_conformal")
_LEAST = 1e-4  # metres, a tenth of a millimetre: nearer is on the circle


def draw(needs: Needs) -> Figure:
    """Space, the plane of the circle, and the distance from it over time."""
    shown, data = needs.first("robot_arm", "shown_pair.npz"), needs.first("robot_arm", "data.npz")
    figure = style.figure(style.PAGE, 2.9)
    grid = figure.add_gridspec(1, 3, width_ratios=[1.25, 1, 1])
    space: Any = figure.add_subplot(grid[0], projection="3d")
    plane, distance = figure.add_subplot(grid[1]), figure.add_subplot(grid[2])
    ends = nearest(shown["euclidean_effector"][[0, -1]], data["ring_effector"])[0]
    for joints in data["ring"][ends]:
        draw_arm(space, joints)
    _ways(space, plane, shown)
    for path in drawn(shown, PATHS):
        off = distance_to_ring(shown[f"{path}_effector"], shown["ring_effector"])
        distance.plot(shown["t"], np.maximum(off, _LEAST), **look_of(path))
    set_space(space)
    _finish(plane, distance)
    figure.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=3, handlelength=2.6)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Mean distance from the circle over all pairs, in metres."""
    specs = {
        f"mean distance from the circle (m), {path}, {metric}": {
            "name": "mean", "column": "circle_distance", "path": path, "metric": metric,
        }
        for path, metric in (
            ("euclidean", "raw"),
            *(("geodesic", name) for name in ("raw", "smoothed", "conformal")),
            ("neural", "smoothed"),
        )
    }  # fmt: skip
    return estimates(needs, "robot_arm", specs)


def _ways(space: Any, plane: Axes, shown: Mapping[str, np.ndarray]) -> None:
    """The circle, the paths and their ends, in space and in the circle's plane."""
    ring = shown["ring_effector"]
    circle = np.concatenate([ring, ring[:1]])
    ends = shown["euclidean_effector"][[0, -1]]
    for axis, of in ((space, lambda points: points), (plane, lambda points: project(points, ring))):
        axis.plot(*of(circle).T, color="black", linewidth=0.8, label="circle of the data")
        for path in drawn(shown, PATHS):
            axis.plot(*of(shown[f"{path}_effector"]).T, **look_of(path), label=label_of(path, shown))
        axis.plot(*of(ends).T, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=5)


def _finish(plane: Axes, distance: Axes) -> None:
    plane.set_aspect("equal", adjustable="datalim")
    plane.set(xlabel="across the circle's plane (m)", ylabel="up the circle's plane (m)")
    distance.set(xlabel="time $t$ along the path", ylabel="distance from the circle (m)", xlim=(0, 1), yscale="log")
    distance.set_ylim(bottom=_LEAST)
