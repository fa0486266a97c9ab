"""Classes in the latent space: coloured points named by their digit, and the classes that a path crosses."""

import numpy as np
from matplotlib.axes import Axes

from replication import style

__all__ = ["class_runs", "draw_classes", "draw_crossed"]


def draw_classes(axis: Axes, encodings: np.ndarray, labels: np.ndarray) -> None:
    """Points coloured by class, each class's digit at its median, so that colour is never the only key.

    Args:
        axis: Where to draw.
        encodings: (n, 2).
        labels: (n,) digits.
    """
    for digit in np.unique(labels):
        points = encodings[labels == digit]
        axis.plot(
            *points.T, ".", color=style.CLASSES[digit], markersize=2.2, alpha=0.8, markeredgewidth=0, rasterized=True
        )
        name_class(axis, np.median(points, axis=0), int(digit))


def draw_crossed(axis: Axes, curve: np.ndarray, classes: np.ndarray, path: str) -> None:
    """Name each class beside the middle of the run of the path that decodes to it.

    Args:
        axis: Where to draw.
        curve: (time, 2).
        classes: (time,) class of each decoded point.
        path: Whose colour to write in.
    """
    for digit, start, stop in class_runs(classes):
        name_class(axis, curve[(start + stop) // 2], digit, style.PATHS[path])


def class_runs(classes: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of equal classes along a path: (class, first index, last index)."""
    edges = np.flatnonzero(np.diff(classes)) + 1
    starts, stops = [0, *edges], [*(edges - 1), len(classes) - 1]
    return [(int(classes[start]), int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def name_class(axis: Axes, place: np.ndarray, digit: int, colour: str = "black") -> None:
    """A digit on a white halo."""
    axis.text(
        place[0], place[1], str(digit), ha="center", va="center", fontsize=8, fontweight="bold", color=colour,
        path_effects=style.HALO, zorder=7, clip_on=True,
    )  # fmt: skip
