"""MNIST: magnification factor with both paths and the classes that they cross."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.files.needs import Needs
from replication.looks.panels.classes import draw_crossed
from replication.looks.panels.latent_map import map_caption, map_needs, trace_of, two_maps
from replication.looks.panels.words import estimates, lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

_PATHS = ("euclidean", "geodesic", "neural")
TITLE = "The latent space, and the shown pair's paths"
CAPTION = (
    map_caption("MNIST", "the neighbourhood of one pair enlarged")
    + " Below: the classes that the paths lie in over time, by the nearest encodings of the test set."
)
NEEDS = map_needs("mnist")


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed, and under each the classes along both paths."""
    shown = needs.first("mnist", "shown_pair.npz")

    def strip(axis: Axes, metric: str) -> None:
        keys = {path: f"{_key(path, metric)}_class" for path in _PATHS}
        draw_crossed(axis, {path: shown[key] for path, key in keys.items() if key in shown}, named=metric == "raw")

    return two_maps(needs, "mnist", _PATHS, _around([trace_of(shown, "euclidean", "raw")]), strip)[0]


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths, and how many classes the paths cross on average."""
    crossed = {
        f"classes crossed, {path}, {metric}": {
            "name": "mean",
            "column": "classes_crossed",
            "path": path,
            "metric": metric,
        }
        for path in _PATHS
        for metric in ("raw", "smoothed")
    }
    return {**lengths(needs, "mnist"), **estimates(needs, "mnist", crossed)}


def _key(path: str, metric: str) -> str:
    return path if path == "euclidean" else f"{path}_{metric}"


def _around(traces: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the square around the paths with half as much again on each side."""
    points = np.concatenate(traces)
    low, high = points.min(axis=0), points.max(axis=0)
    centre, half = (low + high) / 2, 0.9 * (high - low).max()
    return centre - half, centre + half
