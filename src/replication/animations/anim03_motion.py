"""Human motion: a walker along the straight line and along the geodesic."""

import numpy as np
from matplotlib.collections import LineCollection

from replication.files.needs import Need, Needs
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, in_frames, needs_of, with_their_difference
from replication.looks.panels.from_the_data import nearest, recorded_poses
from replication.looks.panels.reconstructions import from_the_side, look_of

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The walk along both paths"
CAPTION = (
    "Human motion. The decoded pose along the straight line and along the geodesic of the conformal metric, between "
    "the ends of the shown pair, which are far apart, seen from the side with the pelvis fixed, on the nearest of the "
    "recorded poses of the training walks (grey); both on their way through the latent space (grey: the metric's "
    "magnification factor, black: encodings), and how fast the pose changes: the velocity under the raw metric."
)
NEEDS = [*needs_of("motion"), *(Need("motion", name, "first") for name in ("data.npz", "data.json"))]


def draw(needs: Needs) -> Film:
    """A stick figure a path on the nearest recorded one, and what they differ in."""
    shown = needs.first("motion", "shown_pair.npz")
    recorded = recorded_poses(needs.first("motion", "data.npz"), needs.first("motion", "data.json"))
    velocity = {path: np.interp(shown[f"{path}_film_t"], shown["t"], shown[f"{path}_velocity_raw"]) for path in PATHS}
    figure, axes, move = with_their_difference(needs, "motion", PATHS, velocity, "velocity $\\phi$, raw")
    in_frames(axes, shown)
    films = {path: from_the_side(shown[f"{path}_film_segments"]) for path in PATHS}
    nearby = {path: nearest(shown[f"{path}_film_segments"], recorded)[0] for path in PATHS}
    behind = {path: from_the_side(recorded[which]) for path, which in nearby.items()}
    every = np.concatenate([*films.values(), *behind.values()]).reshape(-1, 2)
    low, high = every.min(axis=0), every.max(axis=0)
    sticks = []
    for path in PATHS:
        look = {"colors": look_of(path)["color"], "linewidths": 1.6}
        for film, drawn in ((behind[path], {"colors": "0.72", "linewidths": 4}), (films[path], look)):
            stick = LineCollection(list(film[0]), capstyle="round", clip_on=False, **drawn)
            axes[path].add_collection(stick)
            sticks.append((stick, film))
        axes[path].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")

    def show(index: int) -> None:
        move(index)
        for stick, film in sticks:
            stick.set_segments(list(film[index]))

    return Film(figure, len(films[PATHS[0]]), show)
