"""One look for all figures: colours, sizes, the maps' colour scale, and files whose bytes depend on the data alone.

The colours of the paths are Okabe and Ito's, those of the classes Paul Tol's muted set; both can be told apart by
colour-blind readers, and paths differ in their line style and marker too.
"""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patheffects import withStroke

from replication.files.artifacts import write_bytes

__all__ = [
    "CLASSES",
    "DASHES",
    "DATASETS",
    "HALO",
    "LABELS",
    "MAP",
    "METRICS",
    "NOTE_SIZE",
    "PAPER",
    "PATHS",
    "WIDTH",
    "context",
    "figure",
    "map_norm",
    "save",
    "stamp",
]

WIDTH = 4.8  # inches; set in a 3.4-inch column the smallest letters are still 5.5 points
NOTE_SIZE = 8
DPI = 200

PATHS = {
    "euclidean": "#D55E00",
    "geodesic": "#0072B2",
    "manifold": "#009E73",
    "neural": "#CC79A7",
    "data": "#000000",
}
LABELS = {
    "euclidean": "Euclidean line",
    "geodesic": "geodesic",
    "manifold": "manifold path",
    "neural": "paper's solver",
}
DASHES: dict[str, Any] = {
    "euclidean": (0, (5, 1.5)),
    "geodesic": "-",
    "manifold": (0, (1, 1)),
    "neural": (0, (4, 1, 1, 1)),
}
METRICS: dict[str, dict[str, Any]] = {
    "raw": {"linestyle": (0, (2, 1)), "linewidth": 1.1},
    "conformal": {"color": "#56B4E9", "linewidth": 2.2},
}
"""How geodesics of other metrics than the smoothed one differ from it, where they share a panel."""
DATASETS = {
    "pendulum": ("pendulum", "#882255", "o"),
    "robot_arm": ("robot arm", "#E69F00", "s"),
    "motion": ("human motion", "#44AA99", "^"),
}
"""Title, colour and marker, where data sets share a panel."""
PAPER: dict[str, Any] = {"color": "0.75", "linewidth": 3, "zorder": 0}
"""What the paper reports."""
CLASSES = (
    "#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499", "#777777",
)  # fmt: skip
MAP: Colormap = LinearSegmentedColormap.from_list("light_greys", mpl.colormaps["Greys"](np.linspace(0.02, 0.72, 256)))
HALO: list[Any] = [withStroke(linewidth=3.0, foreground="white")]

_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "image.cmap": "gray_r",
}


def context() -> Any:
    """The settings, to be in force while a figure is drawn and saved."""
    return mpl.rc_context(_SETTINGS)


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure; sizes in inches. It belongs to no window and no global state."""
    return Figure(figsize=(width, height), layout="constrained")


def map_norm(values: np.ndarray, quantiles: tuple[float, float] = (1, 99.5)) -> Normalize:
    """Scale for a map of positive values: logarithmic when the values span more than a factor of 30.

    Args:
        values: Any shape; values that are not positive are left out.
        quantiles: The percentiles at the ends of the scale, so that one node does not take all the contrast.
    """
    usable = values[np.isfinite(values) & (values > 0)]
    low, high = np.percentile(usable, quantiles)
    return LogNorm(low, high) if high > 30 * low else Normalize(low, high)


def stamp(figure: Figure, words: str) -> None:
    """Write above the figure what a reader must not miss: that its data are a stand-in."""
    strip = 0.16 / figure.get_figheight()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, 1 - strip))
    figure.text(0.995, 0.998, words, ha="right", va="top", fontsize=7, color="#B00020", fontweight="bold")


def save(figure: Figure, png: Path, pdf: Path) -> None:
    """Write both files whole or not at all; the same figure gives the same bytes (no dates, no versions)."""
    figure.draw_without_rendering()  # a first pass of the layout: one alone clips beside axes of fixed aspect
    for path, kind, metadata in (
        (png, "png", {"Software": None}),
        (pdf, "pdf", {"Creator": None, "Producer": None, "CreationDate": None}),
    ):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
        write_bytes(path, buffer.getvalue())
