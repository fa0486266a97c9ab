"""One look for all figures: the library's colours, sizes, and files whose bytes depend on the data alone."""

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

PATHS = {**{path: look["color"] for path, look in LOOKS.items()}, "data": "#000000"}
DASHES = {path: look["linestyle"] for path, look in LOOKS.items()}
LABELS = {
    "euclidean": "Euclidean line",
    "geodesic": "geodesic",
    "manifold": "manifold path",
    "neural": "paper's solver",
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
