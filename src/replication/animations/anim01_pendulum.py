"""Pendulum: the decoded image along the straight line and along the geodesic."""

import numpy as np

from replication.files.needs import Need, Needs
from replication.looks.film import Film
from replication.looks.panels.both_paths import PATHS, in_frames, needs_of, with_their_difference
from replication.looks.panels.from_the_data import nearest

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw"]

TITLE = "The pendulum turns along both paths"
CAPTION = (
    "Pendulum. The decoded image along the straight line and along the geodesic of the conformal metric, between the "
    "ends of the shown pair, which are far apart; both on their way through the latent space (grey: the metric's "
    "magnification factor, black: encodings), and how far the image is from the nearest noise-free one (root mean "
    "square over the pixels)."
)
NEEDS = [*needs_of("pendulum"), Need("pendulum", "data.npz", "first")]


def draw(needs: Needs) -> Film:
    """An image a path, in one scale of grey, and what they differ in."""
    shown, ring = needs.first("pendulum", "shown_pair.npz"), needs.first("pendulum", "data.npz")["ring"]
    films = {path: shown[f"{path}_film_images"] for path in PATHS}
    distance = {path: nearest(film[..., None], ring)[1] for path, film in films.items()}
    figure, axes, move = with_their_difference(needs, "pendulum", PATHS, distance, "off the data")
    in_frames(axes, shown)
    low, high = np.percentile(np.concatenate(list(films.values())), [0.5, 99.5])
    images = {path: axes[path].imshow(film[0], vmin=low, vmax=high) for path, film in films.items()}

    def show(index: int) -> None:
        move(index)
        for path, film in films.items():
            images[path].set_data(film[index])

    return Film(figure, len(films[PATHS[0]]), show)
