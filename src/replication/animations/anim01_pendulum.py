"""Pendulum: the decoded image along the straight line and along the geodesic."""

import numpy as np

from replication.files.needs import Need, Needs
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, side_by_side

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The pendulum turns along both paths"
CAPTION = (
    "Pendulum. The decoded image along the straight line and along the geodesic of the conformal metric, between the "
    "ends of the shown pair."
)
NEEDS = [Need("pendulum", "shown_pair.npz", "first")]


def draw(needs: Needs) -> Film:
    """An image a path, in one scale of grey."""
    shown = needs.first("pendulum", "shown_pair.npz")
    films = {path: shown[f"{path}_film_images"] for path in PATHS}
    low, high = np.percentile(np.concatenate(list(films.values())), [0.5, 99.5])
    figure, axes, pass_time = side_by_side(shown, height=2.9)
    images = {path: axes[path].imshow(film[0], vmin=low, vmax=high) for path, film in films.items()}

    def show(index: int) -> None:
        pass_time(index)
        for path, film in films.items():
            images[path].set_data(film[index])

    return Film(figure, len(films[PATHS[0]]), show)
