"""Classes in the latent space: coloured points named by their digit, and the classes that a path crosses."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from replication.looks import style

__all__ = ["class_runs", "draw_classes", "draw_crossed"]

_NAMED = 0.08  # of the path's time: shorter runs have no room for a digit


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


def draw_crossed(axis: Axes, classes: Mapping[str, np.ndarray], named: bool = True) -> None:
    """A band a path, cut into the classes that it runs through over time; long runs are named by their digit.

    Args:
        axis: Where to draw.
        classes: By path: (time,) class at equidistant times.
        named: Whether to write the paths' names at the left.
    """
    for row, along in enumerate(classes.values()):
        for digit, start, stop in class_runs(along):
            left, right = start / len(along), (stop + 1) / len(along)
            axis.barh(row, right - left, left=left, height=0.8, color=style.CLASSES[digit], linewidth=0)
            if right - left >= _NAMED:
                name_class(axis, np.array([(left + right) / 2, row]), digit)
    axis.set_yticks(range(len(classes)), [style.LABELS[path].split()[0] for path in classes] if named else [])
    axis.set(xlim=(0, 1), ylim=(len(classes) - 0.5, -0.5), xlabel="time $t$ along the path")
    axis.tick_params(left=False, labelsize=style.NOTE_SIZE)
    axis.spines[:].set_visible(False)


def class_runs(classes: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of equal classes along a path: (class, first index, last index)."""
    edges = np.flatnonzero(np.diff(classes)) + 1
    starts, stops = [0, *edges], [*(edges - 1), len(classes) - 1]
    return [(int(classes[start]), int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def name_class(axis: Axes, place: np.ndarray, digit: int) -> None:
    """A digit on a white halo."""
    axis.text(
        place[0], place[1], str(digit), ha="center", va="center", fontsize=style.NOTE_SIZE, fontweight="bold",
        color="black", path_effects=style.HALO, zorder=7, clip_on=True,
    )  # fmt: skip
