"""Robot arm: the end effector on its way along the straight line and along the geodesic."""

from matplotlib.axes import Axes

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, name_of
from replication.looks.panels.plane import distance_to_ring, project
from replication.looks.panels.reconstructions import look_of

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The arm moves along both paths"
CAPTION = (
    "Robot arm. Left: the end effector of the decoded joint angles on its way along the straight line and along the "
    "geodesic of the conformal metric, in the plane of the circle that the data follow. Right: its distance in space "
    "from that circle."
)
NEEDS = [Need("robot_arm", "shown_pair.npz", "first")]


def draw(needs: Needs) -> Film:
    """The plane of the circle and the distance from it; both paths leave a trace."""
    shown = needs.first("robot_arm", "shown_pair.npz")
    ring = shown["ring_effector"]
    figure = style.figure(2.9)
    left, right = figure.subplots(1, 2)
    left.plot(*project(ring, ring).T, color="black", linewidth=0.8, label="circle of the data")
    ends = project(shown["euclidean_film_effector"][[0, -1]], ring)
    left.plot(*ends.T, "o", color="white", markeredgecolor="black", markersize=6)
    traces = []
    for path in PATHS:
        effector, t = shown[f"{path}_film_effector"], shown[f"{path}_film_t"]
        distance = 100 * distance_to_ring(effector, ring)
        for axis, (x, y) in ((left, project(effector, ring).T), (right, (t, distance))):
            (trace,) = axis.plot(x, y, **look_of(path), label=name_of(path, shown))
            (tip,) = axis.plot(x[:1], y[:1], "o", color=look_of(path)["color"], markersize=6, clip_on=False)
            traces.append((x, y, trace, tip))
    _finish(left, right)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=1.6
    )

    def show(index: int) -> None:
        for x, y, trace, tip in traces:
            trace.set_data(x[: index + 1], y[: index + 1])
            tip.set_data(x[index : index + 1], y[index : index + 1])

    return Film(figure, len(shown[f"{PATHS[0]}_film_t"]), show)


def _finish(left: Axes, right: Axes) -> None:
    """Limits are those of the whole traces, and stay."""
    left.set_aspect("equal")
    left.set_xlabel("in the circle's plane (m)")
    left.set_ylabel("in the circle's plane (m)")
    right.set_xlabel("time $t$ along the path")
    right.set_ylabel("distance from the circle (cm)")
    right.set(xlim=(0, 1), ylim=(0, right.get_ylim()[1]))
    left.set(xlim=left.get_xlim(), ylim=left.get_ylim())
