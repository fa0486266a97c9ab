"""Human motion: stick figures along the paths on the nearest recorded poses, and the velocities there."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.from_the_data import nearest, recorded_poses
from replication.looks.panels.reconstructions import draw_segments, strips_and_velocities
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What the decoder shows along the paths"
CAPTION = (
    "Human motion. Decoded poses at twelve equidistant times along the straight line, the geodesics and the curve of "
    "the paper's solver of the shown pair, seen from the side with the pelvis fixed. Dark behind each: those bones of "
    "the nearest recorded pose of the training walks that are more than 2 cm away; the numbers say how far off it is, "
    "root mean square over the ends of all bones. Right: the velocity (logarithmic) along the paths under both metrics."
)
NEEDS = [
    Need("motion", "shown_pair.npz", "first"), Need("motion", "pairs.csv"),
    *(Need("motion", name, "first") for name in ("data.npz", "data.json")),
]  # fmt: skip
OFF = 0.02
"""Metres between the ends of a bone that are seen in print."""
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed", "geodesic_conformal")


def draw(needs: Needs) -> Figure:
    """A strip of stick figures a path, velocities beside them."""
    recorded = recorded_poses(needs.first("motion", "data.npz"), needs.first("motion", "data.json"))

    def strip(axis: Axes, shown: Mapping[str, np.ndarray], path: str) -> None:
        which, distance = nearest(shown[f"{path}_segments"], recorded)
        draw_segments(axis, shown, path, recorded[which], OFF)
        words = f"{100 * distance.mean():.1f} cm off, at most {100 * distance.max():.1f}"
        axis.set_title(words, loc="right", pad=3, fontsize=style.NOTE_SIZE, color="0.35")

    return strips_and_velocities(needs.first("motion", "shown_pair.npz"), PATHS, strip, strip_height=0.72)


def numbers(needs: Needs) -> dict[str, str]:
    """How far the decoded poses are from recorded ones, and how even their change is, over all pairs."""
    specs = {
        f"{words}, {path}": {**spec, "path": path, "metric": "smoothed"}
        for words, spec in (
            ("distance from the nearest recorded pose (rad)", {"name": "mean", "column": "data_distance"}),
            ("velocity peak over mean", {"name": "velocity_peak"}),
        )
        for path in ("euclidean", "geodesic", "neural")
    }
    return estimates(needs, "motion", specs)
