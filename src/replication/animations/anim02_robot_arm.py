"""Robot arm: the end effector on its way along the straight line and along the geodesic."""

from replication.files.needs import Needs
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, needs_of, with_their_difference
from replication.looks.panels.plane import distance_to_ring, project
from replication.looks.panels.reconstructions import look_of

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The arm moves along both paths"
CAPTION = (
    "Robot arm. The end effector of the decoded joint angles on its way along the straight line and along the geodesic "
    "of the conformal metric, between the ends of the shown pair, which are far apart, in the plane of the circle that "
    "the data follow; both on their way through the latent space (grey: the metric's magnification factor, black: "
    "encodings), and how far the end effector is from the circle, in space."
)
NEEDS = needs_of("robot_arm")


def draw(needs: Needs) -> Film:
    """The plane of the circle, where both paths leave a trace, and what they differ in."""
    shown = needs.first("robot_arm", "shown_pair.npz")
    ring = shown["ring_effector"]
    films = {path: shown[f"{path}_film_effector"] for path in PATHS}
    distance = {path: 100 * distance_to_ring(film, ring) for path, film in films.items()}
    figure, axes, move = with_their_difference(needs, "robot_arm", ["plane"], distance, "off the circle (cm)")
    plane = axes["plane"]
    plane.plot(*project(ring, ring).T, color="black", linewidth=0.8)
    traces = []
    for path, film in films.items():
        x, y = project(film, ring).T
        (trace,) = plane.plot(x, y, **look_of(path))
        (tip,) = plane.plot(x[:1], y[:1], "o", color=look_of(path)["color"], markeredgecolor="white", markersize=7)
        traces.append((x, y, trace, tip))
    plane.set(aspect="equal", xlabel="across (m)", ylabel="up (m)", title="in the circle's plane")
    plane.set(xlim=plane.get_xlim(), ylim=plane.get_ylim())
    figure.legend(loc="outside upper center", ncols=2, handlelength=3)

    def show(index: int) -> None:
        move(index)
        for x, y, trace, tip in traces:
            trace.set_data(x[: index + 1], y[: index + 1])
            tip.set_data(x[index : index + 1], y[index : index + 1])

    return Film(figure, len(films[PATHS[0]]), show)
