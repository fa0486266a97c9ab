"""Robot arm: the end effector along both paths against the circle."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.plane import distance_to_ring, project
from replication.looks.panels.reconstructions import drawn, label_of, look_of
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The end effector along the paths, against the circle"
CAPTION = (
    "Robot arm. Left: the end effector of the decoded joint angles along the paths of the shown pair, in the plane of "
    "the circle that the data follow. Right: its distance in space from that circle."
)
NEEDS = [Need("robot_arm", "shown_pair.npz", "first"), Need("robot_arm", "pairs.csv")]
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed", "geodesic_conformal")


def draw(needs: Needs) -> Figure:
    """The plane of the circle, and the distance from it over time."""
    shown = needs.first("robot_arm", "shown_pair.npz")
    ring = shown["ring_effector"]
    figure = style.figure(3.2)
    left, right = figure.subplots(1, 2)
    left.plot(*project(ring, ring).T, color="black", linewidth=0.8, label="circle of the data")
    for path in drawn(shown, PATHS):
        look = look_of(path)
        effector = shown[f"{path}_effector"]
        left.plot(*project(effector, ring).T, **look, label=label_of(path, shown))
        right.plot(shown["t"], distance_to_ring(effector, ring), **look)
    ends = project(shown["euclidean_effector"][[0, -1]], ring)
    left.plot(*ends.T, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=5)
    _finish(left, right)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=style.NOTE_SIZE - 1)
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


def _finish(left: Axes, right: Axes) -> None:
    left.set_aspect("equal", adjustable="datalim")
    left.set_xlabel("in the circle's plane (m)")
    left.set_ylabel("in the circle's plane (m)")
    right.set_xlabel("time $t$ along the path")
    right.set_ylabel("distance from the circle (m)")
    right.set_ylim(bottom=0)
