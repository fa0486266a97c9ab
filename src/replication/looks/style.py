"""One look for all figures: two widths, colours and lines with one meaning each, files that depend on the data alone.

A colour is a path and a line style a metric, in every figure: the straight line is orange, the geodesic blue, the path
along the manifold green, the curve of the paper's solver purple, and what is about metrics alone black; raw is drawn in
short dashes, smoothed as a whole line, conformal in dashes and dots. What no metric bends, the straight line and the
manifold path, has a dash of its own. What is neither (classes, data sets, how weights start) has colours that no path
has. Grey bands are what the paper reports, and say so where they stand. Figures are set at their width in print, 89 mm
or 183 mm, in letters of 8 points.
"""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from latentgeo.plot.style import CLASSES, HALO, MAP, map_norm
from latentgeo.plot.style import PATHS as LOOKS
from replication.files.artifacts import write_bytes

__all__ = [
    "CLASSES",
    "COLUMN",
    "DASHES",
    "DATASETS",
    "HALO",
    "LABELS",
    "MAP",
    "METRICS",
    "NOTE_SIZE",
    "PAGE",
    "PAPER",
    "PATHS",
    "context",
    "figure",
    "look",
    "map_norm",
    "save",
    "stamp",
]

MILLIMETRE = 1 / 25.4  # inches
COLUMN = 89 * MILLIMETRE
PAGE = 183 * MILLIMETRE
NOTE_SIZE = 8
DPI = 200

PATHS = {**{path: look["color"] for path, look in LOOKS.items()}, "data": "#000000"}
DASHES = {path: look["linestyle"] for path, look in LOOKS.items()}
LABELS = {
    "euclidean": "Euclidean line",
    "geodesic": "geodesic",
    "manifold": "manifold path",
    "neural": "paper's solver",
}
METRICS: dict[str, Any] = {"raw": (0, (2, 1)), "smoothed": "-", "conformal": (0, (6, 1.2, 1.2, 1.2))}
"""The line style of a metric, and of a path that was sought in it."""
SOUGHT = ("geodesic", "neural")
DATASETS = {
    "pendulum": ("pendulum", "#882255", "o"),
    "robot_arm": ("robot arm", "#999933", "s"),
    "motion": ("human motion", "#44AA99", "^"),
}
"""Title, colour and marker, where data sets share a panel."""
PAPER: dict[str, Any] = {"color": "0.8", "linewidth": 4, "zorder": 0}
"""What the paper reports; see `panels.paper_band`."""
_SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "figure.titlesize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.2,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "image.cmap": "gray_r",
}


def context() -> Any:
    """The settings, to be in force while a figure is drawn and saved."""
    return mpl.rc_context(_SETTINGS)


def figure(width: float, height: float) -> Figure:
    """An empty figure of `COLUMN` or `PAGE` width; sizes in inches. It belongs to no window and no global state."""
    return Figure(figsize=(width, height), layout="constrained")


def look(path: str, metric: str | None = None) -> dict[str, Any]:
    """Colour and line style of a path; of one that was sought in a metric, the metric's line style."""
    dashes = METRICS.get(metric or "") if path in SOUGHT else None
    return {"color": PATHS[path], "linestyle": dashes or DASHES[path]}


def stamp(figure: Figure, words: str) -> None:
    """Write above the figure what a reader must not miss: that its data are a stand-in."""
    strip = 0.16 / figure.get_figheight()
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, 0, 1, 1 - strip))
    figure.text(0.995, 0.998, words, ha="right", va="top", fontsize=NOTE_SIZE, color="#B00020", fontweight="bold")


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
