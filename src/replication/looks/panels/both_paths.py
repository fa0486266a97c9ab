"""The two paths of the animations: what they are called, and a panel each above the time along them."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.looks import style
from replication.looks.panels.reconstructions import kind_of, look_of
from replication.looks.panels.words import outcome_note

__all__ = ["PATHS", "name_of", "side_by_side"]

PATHS = ("euclidean", "geodesic_conformal")

Arrays = Mapping[str, np.ndarray]


def side_by_side(shown: Arrays, height: float) -> tuple[Figure, dict[str, Axes], Callable[[int], None]]:
    """An empty panel a path, above the time that has passed.

    Args:
        shown: Content of shown_pair.npz.
        height: Inches.

    Returns:
        The figure, the panels by path, and what moves the time to that of a frame.
    """
    figure = style.figure(height)
    panels = figure.subplot_mosaic([list(PATHS), ["time", "time"]], height_ratios=[height, 0.12])
    axes = {path: panels[path] for path in PATHS}
    for path in PATHS:
        axes[path].set(xticks=[], yticks=[])
        axes[path].spines[:].set(visible=True, color="0.7")
        axes[path].set_title(name_of(path, shown), color=look_of(path)["color"])
    below, t = panels["time"], shown[f"{PATHS[0]}_film_t"]
    below.set(xlim=(0, 1), ylim=(-1, 1), xticks=[0, 0.5, 1], yticks=[], xlabel="time $t$ along the path")
    below.spines[:].set_visible(False)
    below.barh(0, 1, height=1, color="0.88")
    (passed,) = below.barh(0, 0, height=1, color="0.35")
    return figure, axes, lambda index: passed.set_width(float(t[index]))


def name_of(path: str, shown: Arrays) -> str:
    """`geodesic_conformal` reads "geodesic"; one that did not converge, or leans on the border, says so."""
    return style.LABELS[kind_of(path)] + outcome_note(str(shown[f"{path}_outcome"]))
