"""Human motion: a walker along the straight line and along the geodesic."""

from matplotlib.collections import LineCollection

from replication.files.needs import Need, Needs
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, side_by_side
from replication.looks.panels.reconstructions import from_the_side, look_of

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The walk along both paths"
CAPTION = (
    "Human motion. The decoded pose along the straight line and along the geodesic of the conformal metric, between "
    "the ends of the shown pair, seen from the side with the pelvis fixed."
)
NEEDS = [Need("motion", "shown_pair.npz", "first")]


def draw(needs: Needs) -> Film:
    """A stick figure a path."""
    shown = needs.first("motion", "shown_pair.npz")
    films = {path: from_the_side(shown[f"{path}_film_segments"]) for path in PATHS}
    figure, axes, pass_time = side_by_side(shown, height=2.9)
    low = [min(film[..., side].min() for film in films.values()) for side in (0, 1)]
    high = [max(film[..., side].max() for film in films.values()) for side in (0, 1)]
    sticks = {}
    for path, film in films.items():
        sticks[path] = LineCollection(list(film[0]), colors=look_of(path)["color"], linewidths=1.8, clip_on=False)
        axes[path].add_collection(sticks[path])
        axes[path].set_axis_off()
        axes[path].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")

    def show(index: int) -> None:
        pass_time(index)
        for path, film in films.items():
            sticks[path].set_segments(list(film[index]))

    return Film(figure, len(films[PATHS[0]]), show)
