"""What the decoder shows along the paths, in a strip each, above the velocities along the same paths."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

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

Arrays = Mapping[str, np.ndarray]
Strip = Callable[[Axes, Arrays, str], None]


def strips_and_velocities(shown: Arrays, paths: Sequence[str], draw_strip: Strip, strip_height: float) -> Figure:
    """One strip a path, drawn at the path's frame times, then the velocity under the raw and the smoothed metric.

    Args:
        shown: Content of shown_pair.npz.
        paths: Keys of shown_pair.npz without their ending, e.g. `geodesic_smoothed`; of those that are there.
        draw_strip: Draws the frames of a path into an axis whose x is t.
        strip_height: Inches.
    """
    paths = drawn(shown, paths)
    figure = style.figure(len(paths) * (strip_height + 0.22) + 2.9)
    ratios = [*[strip_height] * len(paths), 1.05, 1.05]
    axes = figure.subplots(len(paths) + 2, 1, height_ratios=ratios, squeeze=False)[:, 0]
    for axis, path in zip(axes, paths, strict=False):
        axis.set_axis_off()
        axis.set_title(label_of(path, shown), color=look_of(path)["color"], loc="left", pad=2, fontsize=style.NOTE_SIZE)
    for axis, metric in zip(axes[-2:], ("raw", "smoothed"), strict=True):
        draw_velocities(axis, shown, paths, metric)
    axes[-2].tick_params(labelbottom=False)
    axes[-1].set_xlabel("time $t$ along the path")
    named = axes[-1].get_legend_handles_labels()
    figure.legend(*named, loc="outside lower center", ncols=2, handlelength=2, fontsize=style.NOTE_SIZE - 1.5)
    figure.draw_without_rendering()  # settles the layout, which stick figures need to keep their proportions
    for axis, path in zip(axes, paths, strict=False):
        draw_strip(axis, shown, path)
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
    top = (1 + 2 * half) * height / tiles.shape[1]  # square pixels, the width being that of the velocities below
    extent = (-half, 1 + half, 0, top)
    axis.imshow(tiles, extent=extent, aspect="equal", vmin=limits[0], vmax=limits[1], cmap=_SEPARATED)
    axis.set_xlim(-half, 1 + half)


def draw_segments(axis: Axes, shown: Arrays, path: str) -> None:
    """Stick figures from the side (forward to the right, up to the top), each centred at its time."""
    flat = from_the_side(shown[f"{path}_segments"])
    low, high = flat.reshape(-1, 2).min(axis=0), flat.reshape(-1, 2).max(axis=0)
    count, half = len(flat), 0.5 / (len(flat) - 1)
    position = axis.get_window_extent().transformed(axis.figure.dpi_scale_trans.inverted())
    scale = 0.9 / (high[1] - low[1])
    squeeze = scale * (1 + 2 * half) * position.height / position.width
    for index, frame in enumerate(flat):
        points = (frame - (low + high) / 2) * [squeeze, scale] + [index / (count - 1), 0.5]
        axis.add_collection(LineCollection(list(points), colors=look_of(path)["color"], linewidths=0.9))
    axis.set_xlim(-half, 1 + half)
    axis.set_ylim(0, 1)


def draw_velocities(axis: Axes, shown: Arrays, paths: Sequence[str], metric: str) -> None:
    """Velocity over time of every path under one metric."""
    half = 0.5 / (len(shown[f"{paths[0]}_t"]) - 1)
    for path in paths:
        velocity = shown[f"{path}_velocity_{metric}"]
        axis.plot(shown["t"], velocity, **look_of(path), label=label_of(path, shown))
    axis.set_xlim(-half, 1 + half)
    axis.set_ylim(bottom=0)
    axis.set_ylabel("velocity $\\phi$\n" + metric)


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
    """Line style of a path where all metrics' geodesics share a panel; see `style.METRICS`."""
    kind, _, metric = path.partition("_")
    return {"color": style.PATHS[kind], "linestyle": style.DASHES[kind], **style.METRICS.get(metric, {})}
