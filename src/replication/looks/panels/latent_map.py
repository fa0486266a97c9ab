"""The latent space as a map: magnification factor, data, and the shown pair's paths, raw beside smoothed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import ScaledTranslation

from latentgeo.plot import drawing
from replication.evidence.rounding import mathtext
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.words import SHOWN, legend_label, legend_title

__all__ = [
    "METRICS",
    "OF_METRIC",
    "draw_map",
    "draw_path",
    "draw_shown_paths",
    "legend_below",
    "map_caption",
    "map_corners",
    "map_needs",
    "map_title",
    "name_axes",
    "trace_of",
    "two_map_height",
    "two_maps",
]

Arrays = Mapping[str, np.ndarray]

AROUND = 1.25  # inches above and below two maps, for colour bars and names
LINE = 0.168  # and of one line of the legends
METRICS = ("raw", "smoothed")
OF_METRIC = {"raw": "MF", "smoothed": "MF_smoothed", "conformal": "MF_conformal"}
"""Metric: its magnification factor in metric_grid.npz."""
PATHS = ("euclidean", "geodesic", "neural")
_WIDTHS = {"geodesic": {"linewidth": 2.0}, "neural": {"linewidth": 1.0, "path_effects": None}}


def map_needs(dataset: str) -> list[Need]:
    """What `two_maps` reads."""
    return [
        *(Need(dataset, name, "first") for name in ("metric_grid.npz", "shown_pair.npz", "scores.json")),
        Need(dataset, "pairs.csv"),
    ]


def map_caption(dataset: str, data: str) -> str:
    """What `two_maps` shows; `data` says how the data are drawn, e.g. "the ring of noise-free poses"."""
    return (
        f"{dataset}. Magnification factor over the latent space with {data}; the straight line, the geodesic by our "
        f"solver and the curve of the paper's between the ends of {SHOWN}, under the raw and the smoothed metric. "
        "Lengths: this pair, in brackets the mean over the pairs of all seeds."
    )


def two_maps(needs: Needs, dataset: str, paths: Sequence[str] = PATHS) -> tuple[Figure, list[Axes]]:
    """The raw and the smoothed metric side by side, each with its own scale, paths and lengths.

    Args:
        needs: Holds `map_needs`.
        dataset: Data set.
        paths: Which of the shown pair's paths to draw, those of them that there are under each metric; the line lies
            the same in both panels.
    """
    grid, shown = needs.first(dataset, "metric_grid.npz"), needs.first(dataset, "shown_pair.npz")
    drawn = {metric: [path for path in paths if _named(shown, path, metric) in shown] for metric in METRICS}
    traces = [trace_of(shown, path, metric) for metric in METRICS for path in drawn[metric]]
    low, high = _limits(grid["z"], traces)
    titles = {metric: legend_title(needs, dataset, drawn[metric], metric) for metric in METRICS}
    lines = max(len(drawn[metric]) + len(titles[metric].splitlines()) for metric in METRICS) + ("ring" in grid)
    figure = style.figure(style.PAGE, two_map_height(low, high, AROUND + LINE * lines))
    axes = figure.subplots(1, 2)
    for axis, metric in zip(axes, METRICS, strict=True):
        draw_map(figure, axis, grid, grid[OF_METRIC[metric]])
        draw_shown_paths(axis, needs, dataset, drawn[metric], metric)
        axis.set(title=map_title(needs, dataset, metric), xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        name_axes(axis, left=metric == "raw")
        legend_below(figure, axis, axis, titles[metric])
    return figure, list(axes)


def two_map_height(low: np.ndarray, high: np.ndarray, around: float = AROUND) -> float:
    """Height in inches of a figure of two maps side by side, for the maps to fill its width.

    Args:
        low: Lower corner of the maps, (2,).
        high: Upper corner, (2,).
        around: Inches above and below the maps, for colour bars, names and legends.
    """
    aspect = (high[1] - low[1]) / (high[0] - low[0])
    return around + min(aspect, 2.0) * (style.PAGE - 1.0) / 2


def trace_of(shown: Arrays, path: str, metric: str) -> np.ndarray:
    """Where the shown pair's path goes, (nodes, 2): geodesics differ between the metrics, the other paths do not."""
    return shown[_named(shown, path, metric)]


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
    image = drawing.draw_factor(axis, z[0, :, 0], z[:, 0, 1], values, norm)
    if "ring" in grid:
        ring = np.concatenate([grid["ring"], grid["ring"][:1]])
        axis.plot(*ring.T, color="black", linewidth=0.8, label="data, without noise", path_effects=style.HALO)
    axis.set_aspect("equal")
    bar = figure.colorbar(image, ax=axis, location="top", shrink=0.9, aspect=25, pad=0.02)
    bar.ax.set_xlabel(title, fontsize=style.NOTE_SIZE)
    bar.ax.tick_params(labelsize=style.NOTE_SIZE, pad=1)
    bar.ax.xaxis.set_minor_formatter(NullFormatter())
    bar.ax.xaxis.set_major_locator(_ticks(norm))


def draw_shown_paths(axis: Axes, needs: Needs, dataset: str, paths: Sequence[str], metric: str) -> None:
    """The shown pair's paths under a metric, named with their lengths."""
    shown = needs.first(dataset, "shown_pair.npz")
    for path in paths:
        label = legend_label(needs, dataset, path, metric)
        draw_path(axis, trace_of(shown, path, metric), path, metric, label=label)


def draw_path(axis: Axes, curve: np.ndarray, path: str, metric: str, **options: Any) -> None:
    """A path, as it looks where it was sought in this metric, with its ends; of two on one another both are seen."""
    drawing.draw_path(axis, curve, style.look(path, metric) | _WIDTHS.get(path, {"linewidth": 1.5}), **options)
    drawing.draw_ends(axis, curve)


def map_title(needs: Needs, dataset: str, metric: str) -> str:
    """The metric's name, and how much it is smoothed."""
    if metric != "smoothed":
        return f"{metric} metric"
    return rf"smoothed metric, $\lambda_s = {mathtext(needs.first(dataset, 'scores.json')['lambda_s'])}$"


def legend_below(figure: Figure, axis: Axes, lowest: Axes, title: str | None = None, breaks: str = "") -> None:
    """What is drawn in an axis, named below the names of another that stands under it or is the same.

    Args:
        figure: Where both lie.
        axis: What is named is in it.
        lowest: The names stand under it.
        title: What the numbers are.
        breaks: Signs after which a label's line is broken, and before a title's bracket, for narrow panels.
    """
    handles, labels = axis.get_legend_handles_labels()
    for sign in breaks:
        labels = [label.replace(f"{sign} ", f"{sign}\n") for label in labels]
    if breaks and title:
        title = title.replace(" (", "\n(")
    place = lowest.transAxes + ScaledTranslation(0, -0.42, figure.dpi_scale_trans)
    lowest.legend(
        handles, labels, loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=place, borderaxespad=0,
        handlelength=2.6, labelspacing=0.3, title=title, title_fontsize=style.NOTE_SIZE, alignment="left",
    )  # fmt: skip


def map_corners(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corner of a grid (H, W, 2)."""
    return z[0, 0], z[-1, -1]


def name_axes(axis: Axes, left: bool = True) -> None:
    """Axis names of a latent space of two dimensions."""
    axis.set_xlabel("latent $z_1$")
    if left:
        axis.set_ylabel("latent $z_2$")


def _named(shown: Arrays, path: str, metric: str) -> str:
    return f"{path}_{metric}_trace" if f"{path}_{metric}_trace" in shown else f"{path}_trace"


def _limits(z: np.ndarray, curves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the box around the map and the paths; one that leaves the map by more than a quarter is cut."""
    low, high = map_corners(z)
    points = np.concatenate([[low, high], *curves])
    beyond = (high - low) / 4
    return np.maximum(points.min(axis=0), low - beyond), np.minimum(points.max(axis=0), high + beyond)


def _ticks(norm: Normalize) -> Locator:
    """Few ticks: whole decades, with 3 between them where there are fewer than three decades."""
    if not isinstance(norm, LogNorm) or norm.vmin is None or norm.vmax is None:
        return MaxNLocator(4)
    return LogLocator(subs=(1, 3) if norm.vmax < 1000 * norm.vmin else (1,), numticks=4)
