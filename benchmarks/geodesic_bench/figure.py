"""The Pareto figure: time for a geodesic against its excess length, down and left is better."""

import textwrap
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from benchmarks.geodesic_bench.scores import Rows, scores
from replication.looks import style

__all__ = ["draw"]

# Okabe and Ito's colours; shapes differ too
_LOOKS = {
    "latentgeo": ("#0072B2", "o"),
    "stochman": ("#D55E00", "s"),
    "latent-geometry": ("#009E73", "^"),
    "geomstats": ("#CC79A7", "D"),
}
_FRONT = "Pareto front"
_OTHER = ("#555555", "v")
# panels: a group of cases with so many latent dimensions, and the excess below which all is drawn at this height: what
# the one ruler can tell, with room
_FLOORS = {
    ("closed forms", 2): 1e-12,
    ("trained decoder", 2): 1e-6,
    ("convolutional decoder", 2): 1e-6,
    ("many dimensions", 16): 1e-8,
    ("many dimensions, trained", 8): 1e-6,
    ("many dimensions, trained", 32): 1e-6,
}
# points from a marker to its label, and the label's side that is turned to it
_PLACES = (
    (7, 0, "left", "center"), (-7, 0, "right", "center"), (0, 7, "center", "bottom"), (0, -7, "center", "top"),
    (6, 6, "left", "bottom"), (6, -6, "left", "top"), (-6, 6, "right", "bottom"), (-6, -6, "right", "top"),
)  # fmt: skip


def draw(rows: Rows) -> Figure:
    """A panel for each group of cases that was measured, with the settings that are compared."""
    frame = scores(rows).query("role == 'compared'")
    measured = {group: frame.query("group == @group[0] and latent == @group[1]") for group in _FLOORS}
    groups = [group for group, found in measured.items() if len(found)]
    rows_of_panels = -(-len(groups) // 2)
    figure = style.figure(style.PAGE, 2.8 * rows_of_panels + 0.6)
    axes = figure.subplots(rows_of_panels, min(len(groups), 2), squeeze=False).flat
    panels = [next(axes) for _ in groups]
    for empty in axes:
        empty.set_axis_off()
    labels = [_panel(panel, measured[group], group) for panel, group in zip(panels, groups, strict=True)]
    handles: dict[str, Artist] = {}
    for panel in panels:
        handles |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    handles[_FRONT] = handles.pop(_FRONT)
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3, columnspacing=1.2)
    # labels are placed on the axes' final size, and leave the layout as it is
    figure.draw_without_rendering()
    for panel, found in zip(panels, labels, strict=True):
        _spread(panel, found)
    return figure


def _panel(axis: Axes, frame: pd.DataFrame, group: tuple[str, int]) -> list[Annotation]:
    """Markers, front and headings; the labels are yet to be placed."""
    floor = _FLOORS[group]
    most = int(frame.pairs.max())
    drawn = frame.dropna(subset=["median_excess", "milliseconds"])
    drawn = drawn.assign(excess=drawn.median_excess.clip(lower=floor))
    axis.set(xscale="log", yscale="log", ylabel="median relative excess")
    _front(axis, drawn)
    labels = []
    for library, settings in drawn.groupby("library", sort=False):
        colour, marker = _LOOKS.get(str(library), _OTHER)
        settings = settings.sort_values(by="milliseconds")
        axis.plot(settings.milliseconds, settings.excess, color=colour, linewidth=0.9, alpha=0.6)
        axis.plot([], [], marker, color=colour, label=str(library), markersize=6)
        for row in settings.to_dict("records"):
            at = row["milliseconds"], row["excess"]
            face = "white" if row["failed"] else colour
            axis.plot(*at, marker, color=colour, markerfacecolor=face, markersize=6, markeredgewidth=1.4, zorder=3)
            words = _words(row, most, floor)
            label = axis.annotate(
                words, at, xytext=(0, 0), textcoords="offset points", fontsize=7, color=colour, zorder=4
            )
            label.set_in_layout(False)
            labels.append(label)
    axis.set_ylim(drawn.excess.min() / 40, drawn.excess.max() * 40)
    axis.set_xlim(drawn.milliseconds.min() / 40, drawn.milliseconds.max() * 150)
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_xlabel("time for a geodesic (ms)")
    axis.grid(True, which="major", color="#DDDDDD", linewidth=0.5, zorder=0)
    axis.set_axisbelow(True)
    name, latent = group
    words = (
        name if latent == 2 else f"{latent} latent dimensions, {'trained' if 'trained' in name else 'random'} decoder"
    )
    _headings(axis, frame, f"{words}, {most} pairs")
    return labels


def _words(row: dict[Any, Any], most: int, floor: float) -> str:
    """Setting, what is smaller than shown, and the failures."""
    setting = row["setting"] if row["pairs"] == most else f"{row['setting']} (n = {row['pairs']})"
    below = f"excess below {floor:.0e}" if row["median_excess"] < floor else ""
    kinds = row["why"].split(", ")
    kind = kinds[0].partition(" ")[2] if len(kinds) == 1 else "failed"
    failed = f"{row['failed']}/{row['pairs']} {kind}" if row["failed"] else ""
    return "\n".join(line for line in (setting, below, failed) if line)


def _front(axis: Axes, drawn: pd.DataFrame) -> None:
    """What nobody beats in both: the lower left edge of all markers, to the panel's ends."""
    ordered = drawn.sort_values(by="milliseconds")
    best = ordered[ordered.excess < ordered.excess.cummin().shift(fill_value=np.inf)]
    x, y = best.milliseconds.to_numpy(), best.excess.to_numpy()
    far = 1e9
    corners = np.repeat(np.append(x, far), 2)[:-1], np.repeat(np.insert(y, 0, far), 2)[1:]
    axis.plot(*corners, color="#999999", linestyle=":", linewidth=1, label=_FRONT, zorder=1)


def _headings(axis: Axes, frame: pd.DataFrame, title: str) -> None:
    """The panel's name, and below it those that gave no curve."""
    lost = frame.query("median_excess.isna()").to_dict("records")
    axis.set_title(title, loc="left")
    if lost:
        names = [f"{row['library']} ({row['setting']}, {row['why']})" for row in lost]
        words = textwrap.fill("no curve: " + ", ".join(names), 52)
        lines = words.count("\n") + 1
        axis.set_title(title, loc="left", pad=6 + 10 * lines)
        note = axis.annotate(
            words, (0, 1), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points",
            verticalalignment="bottom", fontsize=7, color="#555555", annotation_clip=False,
        )  # fmt: skip
        note.set_in_layout(False)


def _spread(axis: Axes, labels: list[Annotation]) -> None:
    """Each label on the first side of its marker where it covers nothing and stays inside."""
    figure = axis.get_figure(root=True)
    assert figure is not None
    inside = axis.get_window_extent()
    pixel = figure.dpi / 72
    marks = [axis.transData.transform(label.xy) for label in labels]
    taken = [Bbox.from_extents(*(mark - 5 * pixel), *(mark + 5 * pixel)) for mark in marks]
    lines = _along_lines(axis)
    for label in labels:
        costs = []
        for dx, dy, ha, va in _PLACES:
            label.set(position=(dx, dy), horizontalalignment=ha, verticalalignment=va)
            box = label.get_window_extent()
            out = not (
                inside.containsx(box.x0)
                and inside.containsx(box.x1)
                and inside.containsy(box.y0)
                and inside.containsy(box.y1)
            )
            costs.append(10 * sum(box.overlaps(other) for other in taken) + 10 * out + box.count_contains(lines))
        dx, dy, ha, va = _PLACES[int(np.argmin(costs))]
        label.set(position=(dx, dy), horizontalalignment=ha, verticalalignment=va)
        taken.append(label.get_window_extent())


def _along_lines(axis: Axes) -> np.ndarray:
    """Points (n, 2) on the lines between settings, in pixels."""
    found = [np.zeros((0, 2))]
    window = axis.get_window_extent()
    for line in axis.get_lines():
        if len(np.atleast_1d(line.get_xdata())) > 1:
            corners = axis.transData.transform(line.get_xydata()).clip(window.min, window.max)
            found += [np.linspace(a, b, 60) for a, b in pairwise(corners)]
    return np.concatenate(found)
