"""The latent space as a map: magnification factor, data, and the shown pair's paths, raw beside smoothed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from replication import style
from replication.needs import Needs
from replication.panels.words import legend_label, legend_title

__all__ = ["curve_of", "draw_map", "draw_path", "name_axes", "two_maps"]

Arrays = Mapping[str, np.ndarray]


def two_maps(needs: Needs, dataset: str, paths: Sequence[str], height: float = 3.9) -> tuple[Figure, list[Axes]]:
    """The raw and the smoothed metric side by side, each with its own scale, paths and lengths.

    Args:
        needs: Holds metric_grid.npz, shown.npz and scores.json of the first seed, pairs.csv of all.
        dataset: Data set.
        paths: Which of the shown pair's paths to draw; the line lies the same in both panels.
        height: Inches.
    """
    grid, shown = needs.first(dataset, "metric_grid.npz"), needs.first(dataset, "shown.npz")
    scores = needs.first(dataset, "scores.json")
    figure = style.figure(height)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    titles = {"raw": "raw metric", "smoothed": rf"smoothed, $\lambda_s$ = {scores['lambda_s']:.2g}"}
    for axis, (metric, title) in zip(axes, titles.items(), strict=True):
        draw_map(figure, axis, grid, grid["MF" if metric == "raw" else "MF_smoothed"])
        for path in paths:
            draw_path(axis, curve_of(shown, path, metric), path, legend_label(needs, dataset, path, metric))
        axis.set_title(title)
        name_axes(axis, left=metric == "raw")
        axis.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.24), handlelength=1.6, fontsize=7, borderaxespad=0,
            title=legend_title(needs, dataset, paths[0], metric), title_fontsize=7,
        )  # fmt: skip
    return figure, list(axes)


def curve_of(shown: Arrays, path: str, metric: str) -> np.ndarray:
    """The shown pair's path, (time, 2): geodesics differ between the metrics, the other paths do not."""
    return shown[f"{path}_{metric}_curve"] if f"{path}_{metric}_curve" in shown else shown[f"{path}_curve"]


def draw_map(
    figure: Figure,
    axis: Axes,
    grid: Arrays,
    values: np.ndarray,
    norm: Normalize | None = None,
    title: str = r"MF = $\sqrt{\det G}$",
) -> None:
    """A map of positive values in light greys, so that every path's colour stands out, and the data's ring on it.

    Args:
        figure: Where the axis lies.
        axis: Where to draw.
        grid: Content of metric_grid.npz.
        values: (H, W) on the grid's nodes.
        norm: Colour scale, where several maps share one.
        title: What the values are.
    """
    z, norm = grid["z"], norm or style.map_norm(values)
    image = axis.pcolormesh(
        z[0, :, 0], z[:, 0, 1], np.clip(values, norm.vmin, norm.vmax), norm=norm, cmap=style.MAP, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    if "ring" in grid:
        ring = np.concatenate([grid["ring"], grid["ring"][:1]])
        axis.plot(*ring.T, color="black", linewidth=0.8, label="data, without noise", path_effects=style.HALO)
    axis.set_aspect("equal")
    bar = figure.colorbar(image, ax=axis, location="top", shrink=0.9, aspect=25, pad=0.02)
    bar.ax.set_xlabel(title, fontsize=style.NOTE_SIZE)
    bar.ax.tick_params(labelsize=6.5, pad=1)


def draw_path(axis: Axes, curve: np.ndarray, path: str, label: str | None = None, **options: Any) -> None:
    """A path with its ends."""
    colour = style.PATHS[path]
    axis.plot(
        *curve.T, color=colour, linestyle=style.DASHES[path], label=label, path_effects=style.HALO, zorder=4, **options
    )
    axis.plot(*curve[[0, -1]].T, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=5)


def name_axes(axis: Axes, left: bool = True) -> None:
    """Axis names of a latent space of two dimensions."""
    axis.set_xlabel("latent $z_1$")
    if left:
        axis.set_ylabel("latent $z_2$")
