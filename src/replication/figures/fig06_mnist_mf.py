"""MNIST: magnification factor over the whole latent space with the classes, and one pair's surroundings enlarged."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from replication.files.needs import Needs
from replication.looks import style
from replication.looks.panels.classes import draw_classes, draw_crossed
from replication.looks.panels.latent_map import (
    METRICS,
    OF_METRIC,
    draw_map,
    draw_path,
    draw_shown_paths,
    legend_below,
    map_needs,
    map_title,
    name_axes,
    trace_of,
)
from replication.looks.panels.words import SHOWN, estimates, legend_title, lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

_PATHS = ("euclidean", "geodesic", "neural")
TITLE = "The latent space, and the shown pair's paths"
CAPTION = (
    "MNIST. Left: magnification factor over the whole latent space with the encodings of the test set, coloured and "
    f"named by class, the ends of {SHOWN}, and its geodesics under both metrics. Middle and right: the framed "
    "surroundings of the pair, enlarged, under the raw and the smoothed metric, with the straight line, the geodesic "
    "by our solver and the curve of the paper's. Lengths: this pair, in brackets the mean over the pairs of all seeds. "
    "Below: the classes that the paths lie in over time, by the nearest encodings of the test set."
)
NEEDS = map_needs("mnist")


def draw(needs: Needs) -> Figure:
    """The whole, and under each metric a part of it above the classes along the paths."""
    figure = style.figure(style.PAGE, 4.8)
    strips = {metric: f"{metric} strip" for metric in METRICS}
    panels = figure.subplot_mosaic(
        [["whole", *METRICS], ["whole", *strips.values()]], width_ratios=[1.55, 1, 1], height_ratios=[1, 0.24]
    )
    shown = needs.first("mnist", "shown_pair.npz")
    low, high = _around(trace_of(shown, "euclidean", "raw"))
    _whole(figure, panels["whole"], needs, (low, high))
    for metric in METRICS:
        axis, strip = panels[metric], panels[strips[metric]]
        grid = needs.first("mnist", "metric_grid.npz")
        drawn = [path for path in _PATHS if _key(path, metric) + "_trace" in shown]
        draw_map(figure, axis, grid, grid[OF_METRIC[metric]])
        draw_shown_paths(axis, needs, "mnist", drawn, metric)
        axis.set(title=map_title(needs, "mnist", metric), xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        name_axes(axis, left=False)
        classes = {path: shown[f"{_key(path, metric)}_class"] for path in drawn}
        draw_crossed(strip, classes, named=metric == "raw")
        legend_below(figure, axis, strip, legend_title(needs, "mnist", drawn, metric), breaks=",")
    return figure


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
        for metric in METRICS
    }
    return {**lengths(needs, "mnist"), **estimates(needs, "mnist", crossed)}


def _whole(figure: Figure, axis: Axes, needs: Needs, box: tuple[np.ndarray, np.ndarray]) -> None:
    """The raw factor, the classes, the geodesics and the frame of what is enlarged."""
    grid, shown = (needs.first("mnist", name) for name in ("metric_grid.npz", "shown_pair.npz"))
    draw_map(figure, axis, grid, grid["MF"])
    draw_classes(axis, grid["encodings"], grid["label"])
    for metric in METRICS:
        draw_path(axis, trace_of(shown, "geodesic", metric), "geodesic", metric, label=f"geodesic, {metric}")
    low, high = box
    look: dict[str, Any] = {"fill": False, "edgecolor": "black", "linewidth": 0.8, "zorder": 6}
    axis.add_patch(Rectangle((low[0], low[1]), *(high - low), **look))
    corners = np.array([grid["z"][0, 0], grid["z"][-1, -1]])
    axis.set(title="whole latent space, raw metric", xlim=corners[:, 0], ylim=corners[:, 1])
    name_axes(axis)
    legend_below(figure, axis, axis)


def _key(path: str, metric: str) -> str:
    return path if path == "euclidean" else f"{path}_{metric}"


def _around(line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the square around a line with half as much again on each side."""
    low, high = line.min(axis=0), line.max(axis=0)
    centre, half = (low + high) / 2, 0.9 * (high - low).max()
    return centre - half, centre + half
