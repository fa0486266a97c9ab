"""What the decoder shows along the paths, a strip each, and beside them the velocities along the same paths."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from replication.looks import style
from replication.looks.panels.words import outcome_note

__all__ = [
    "draw_images",
    "draw_segments",
    "draw_velocities",
    "drawn",
    "from_the_side",
    "kind_of",
    "label_of",
    "look_of",
    "strips_and_velocities",
]

_SEPARATED = mpl.colormaps["gray_r"].with_extremes(bad="0.8")  # grey between the images
_SLOWEST = 0.5  # percent of the velocities that may lie below the axis

Arrays = Mapping[str, np.ndarray]
Strip = Callable[[Axes, Arrays, str], None]


def strips_and_velocities(shown: Arrays, paths: Sequence[str], draw_strip: Strip, strip_height: float) -> Figure:
    """At the left a strip a path, of its frames over time; at the right the velocities, raw above smoothed.

    Args:
        shown: Content of shown_pair.npz.
        paths: Keys of shown_pair.npz without their ending, e.g. `geodesic_smoothed`; of those that are there.
        draw_strip: Draws the frames of a path into an axis whose x is t.
        strip_height: Inches.
    """
    paths = drawn(shown, paths)
    figure = style.figure(style.PAGE, max(len(paths) * (strip_height + 0.2) + 0.3, 2.6))
    left, right = figure.add_gridspec(1, 2, width_ratios=[1.75, 1])
    strips = left.subgridspec(len(paths), 1).subplots().ravel()
    above, below = right.subgridspec(2, 1).subplots(sharex=True)
    for axis, path in zip(strips, paths, strict=True):
        axis.set_axis_off()
        (line,) = axis.plot([], [], **look_of(path), label=label_of(path, shown))
        axis.legend(
            loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, borderpad=0.2, handlelength=2.6,
            labelcolor=line.get_color(),
        )  # fmt: skip
    for axis, metric in ((above, "raw"), (below, "smoothed")):
        draw_velocities(axis, shown, paths, metric)
    below.set_xlabel("time $t$ along the path")
    figure.draw_without_rendering()  # settles the layout, which stick figures need to keep their proportions
    for axis, path in zip(strips, paths, strict=True):
        draw_strip(axis, shown, path)
    for t in (0, 1):
        strips[-1].annotate(
            f"$t = {t}$", (t, 0), xycoords=("data", "axes fraction"), xytext=(0, -1), textcoords="offset points",
            ha="center", va="top", fontsize=style.NOTE_SIZE, annotation_clip=False,
        )  # fmt: skip
    return figure


def draw_images(axis: Axes, shown: Arrays, path: str) -> None:
    """Images side by side, each centred at its time."""
    images = shown[f"{path}_images"]
    count, height, width = images.shape
    tiles = np.full((height, count * (width + 1) - 1), np.nan)
    for index, image in enumerate(images):
        tiles[:, index * (width + 1) : index * (width + 1) + width] = image
    half = 0.5 / (count - 1)
    limits = np.nanpercentile(images, [0.5, 99.5])
    top = (1 + 2 * half) * height / tiles.shape[1]  # square pixels
    extent = (-half, 1 + half, 0, top)
    axis.imshow(tiles, extent=extent, aspect="equal", vmin=limits[0], vmax=limits[1], cmap=_SEPARATED)
    axis.set_xlim(-half, 1 + half)


def draw_segments(axis: Axes, shown: Arrays, path: str, others: np.ndarray | None = None, off: float = 0.0) -> None:
    """Stick figures from the side (forward to the right, up to the top), each centred at its time.

    Args:
        axis: Where to draw.
        shown: Content of shown_pair.npz.
        path: Whose.
        others: Stick figures to compare them with, (frames, bones, 2 ends, xyz): dark behind them where they differ.
        off: Bones differ whose ends are farther apart than that, metres.
    """
    segments = shown[f"{path}_segments"]
    flat = from_the_side(segments)
    low, high = flat.reshape(-1, 2).min(axis=0), flat.reshape(-1, 2).max(axis=0)
    count, half = len(flat), 0.5 / (len(flat) - 1)
    position = axis.get_window_extent().transformed(axis.figure.dpi_scale_trans.inverted())
    scale = 0.9 / (high[1] - low[1])
    squeeze = scale * (1 + 2 * half) * position.height / position.width

    def draw(index: int, bones: np.ndarray, **look: Any) -> None:
        lines = (bones - (low + high) / 2) * [squeeze, scale] + [index / (count - 1), 0.5]
        axis.add_collection(LineCollection(list(lines), capstyle="round", clip_on=False, **look))

    for index in range(count):
        if others is not None:
            differ = np.linalg.norm(segments[index] - others[index], axis=-1).max(axis=-1) > off
            draw(index, from_the_side(others[index][differ]), colors="0.35", linewidths=1.5)
        draw(index, flat[index], colors=look_of(path)["color"], linewidths=0.9)
    axis.set_xlim(-half, 1 + half)
    axis.set_ylim(0, 1)


def draw_velocities(axis: Axes, shown: Arrays, paths: Sequence[str], metric: str) -> None:
    """Velocity over time of every path under one metric, on a logarithmic axis: a spike does not flatten the others."""
    velocities = {path: shown[f"{path}_velocity_{metric}"] for path in paths}
    for path, velocity in velocities.items():
        axis.plot(shown["t"], velocity, **look_of(path), linewidth=1)
    every = np.concatenate(list(velocities.values()))
    low, high = np.percentile(every[every > 0], [_SLOWEST, 100]) if (every > 0).any() else (0.1, 1)
    axis.set_yscale("log")
    axis.set(xlim=(0, 1), ylim=(low / 1.3, high * 1.3), ylabel=f"velocity $\\phi$, {metric}")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 50 * low else (1,)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter(NullFormatter())


def from_the_side(segments: np.ndarray) -> np.ndarray:
    """Stick figures (frames, bones, 2 ends, xyz) as lines to draw: forward to the right, up to the top."""
    return segments[..., [2, 1]]


def drawn(shown: Arrays, paths: Sequence[str]) -> list[str]:
    """Those of the paths that there are: the paper's solver may have been asked for none."""
    return [path for path in paths if f"{path}_outcome" in shown]


def kind_of(path: str) -> str:
    """`geodesic_raw` is a geodesic."""
    return path.split("_")[0]


def label_of(path: str, shown: Arrays) -> str:
    """`geodesic_raw` reads "geodesic (raw)"; one that did not converge, or leans on the border, says so."""
    kind, _, metric = path.partition("_")
    words = style.LABELS[kind] + (f" ({metric})" if metric else "")
    return words + outcome_note(str(shown[f"{path}_outcome"]))


def look_of(path: str) -> dict[str, Any]:
    """Colour and line style of `geodesic_raw`, a path that was sought in a metric."""
    kind, _, metric = path.partition("_")
    return style.look(kind, metric)
