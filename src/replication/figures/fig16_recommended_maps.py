"""The recommended metric: its magnification factor on all four data sets, and what is decoded on both paths there."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.latent_map import draw_map, draw_shown_paths, name_axes
from replication.looks.panels.plane import project
from replication.looks.panels.reconstructions import draw_images, draw_segments, look_of
from replication.looks.panels.words import legend_label, lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The recommended metric on all four data sets"
CAPTION = (
    "The conformal metric: the decoder's where the data are, dearer by up to kappa where they are not. Above: "
    "magnification factor over the latent space with the encodings (grey points; black: the ring of noise-free poses), "
    "the straight line and the geodesic of the shown pair. Below: what is decoded at even times on both; of the arm, "
    "where its tip goes, seen straight on, and the circle of the data (black). Lengths: this pair, in brackets the "
    "mean over the pairs of all seeds. The line's length is no evidence here: it grows with the root of kappa where it "
    "leaves the data."
)
DATASETS = {"pendulum": "pendulum", "mnist": "binarised MNIST", "robot_arm": "robot arm", "motion": "human motion"}
PATHS = {"euclidean": "euclidean", "geodesic": "geodesic_conformal"}
"""Each path, and its name in shown_pair.npz."""
FRAMES = 6
NEEDS = [
    need
    for dataset in DATASETS
    for need in (
        Need(dataset, "metric_grid.npz", "first"), Need(dataset, "shown_pair.npz", "first"), Need(dataset, "pairs.csv"),
    )
]  # fmt: skip


def draw(needs: Needs) -> Figure:
    """A map a data set, and below it what is decoded."""
    figure = style.figure(style.PAGE, 3.9)
    above, below = figure.add_gridspec(2, 1, height_ratios=[2.1, 1])
    maps = above.subgridspec(1, len(DATASETS)).subplots(squeeze=False).ravel()
    parts, decoded = below.subgridspec(1, len(DATASETS)), {}
    for column, (axis, (dataset, title)) in enumerate(zip(maps, DATASETS.items(), strict=True)):
        _map(figure, axis, needs, dataset)
        axis.set_title(title)
        name_axes(axis, left=axis is maps[0])
        decoded[dataset] = _rows(parts[column], needs, dataset)
    figure.draw_without_rendering()  # settles the layout, which stick figures need to keep their proportions
    for dataset, rows in decoded.items():
        shown = needs.first(dataset, "shown_pair.npz")
        for axis, path in zip(rows, PATHS.values(), strict=False):
            _decoded(axis, shown, path)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths in this metric, and their ratios."""
    return {
        f"{DATASETS[dataset]}: {name}": words
        for dataset in DATASETS
        for name, words in lengths(needs, dataset, ("conformal",)).items()
    }


def _map(figure: Figure, axis: Axes, needs: Needs, dataset: str) -> None:
    grid = needs.first(dataset, "metric_grid.npz")
    draw_map(figure, axis, grid, grid["MF_conformal"])
    if "ring" not in grid:
        some = grid["encodings"][:: max(1, len(grid["encodings"]) // 1000)]
        axis.plot(*some.T, ".", color="0.35", markersize=0.8, alpha=0.6, zorder=2, rasterized=True)
    draw_shown_paths(axis, needs, dataset, tuple(PATHS), "conformal")


def _rows(part: SubplotSpec, needs: Needs, dataset: str) -> list[Axes]:
    """Empty axes, one a path that is named above it; one for both, named together, where their ways share a plane."""
    together = "euclidean_effector" in needs.first(dataset, "shown_pair.npz")
    rows = list(part.subgridspec(1 if together else len(PATHS), 1).subplots(squeeze=False).ravel())
    for k, (path, name) in enumerate(PATHS.items()):
        axis = rows[min(k, len(rows) - 1)]
        axis.set_axis_off()
        words = legend_label(needs, dataset, path, "conformal").replace("Euclidean line", "line")
        axis.plot([], [], **look_of(name), label=words)
    for axis in rows:
        axis.legend(
            loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, borderpad=0.2, handlelength=2.4,
            labelspacing=0.2, labelcolor="linecolor",
        )  # fmt: skip
    return rows


def _decoded(axis: Axes, shown: Mapping[str, np.ndarray], path: str) -> None:
    """Frames at even times; of the arm, the ways of its tip on both paths."""
    kind = next(kind for kind in ("effector", "images", "segments") if f"{path}_{kind}" in shown)
    if kind == "effector":
        ring = shown["ring_effector"]
        axis.plot(*project(np.concatenate([ring, ring[:1]]), ring).T, color="black", linewidth=0.8)
        for other in PATHS.values():
            axis.plot(*project(shown[f"{other}_effector"], ring).T, **look_of(other))
        axis.set_aspect("equal")
        return
    frames = shown[f"{path}_{kind}"]
    some = np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)
    (draw_images if kind == "images" else draw_segments)(axis, {f"{path}_{kind}": frames[some]}, path)
