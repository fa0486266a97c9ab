"""The peers' benchmark as a figure: time for a geodesic against its error in length, down and left is better."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from replication import style
from replication.peers import Rows, summary

__all__ = ["CAPTION", "draw"]

CAPTION = (
    "Time for a geodesic (of a batch, where the library has one) against the median relative error of its length, for "
    "the same pairs, re-measured alike for everybody. Lines join settings of one library. Hollow: some pairs failed "
    "(raised an error, ran out of time, did not report convergence, or gave a curve longer than the straight line or "
    "10 % longer than the reference); how many is written beside the marker."
)
# Okabe and Ito's colours; shapes differ too
_LOOKS = {
    "latentgeo": ("#0072B2", "o"),
    "stochman": ("#D55E00", "s"),
    "latent_geometry": ("#009E73", "^"),
    "geomstats": ("#CC79A7", "D"),
}
_OTHER = ("#555555", "v")
# errors below are drawn here: what the one ruler can tell, with room
_FLOORS = {"closed forms": 1e-12, "trained decoder": 1e-6, "untrained decoder": 1e-6}
# points from a marker to its label, and the label's side that is turned to it
_PLACES = (
    (7, 0, "left", "center"), (-7, 0, "right", "center"), (0, 7, "center", "bottom"), (0, -7, "center", "top"),
    (6, 6, "left", "bottom"), (6, -6, "left", "top"), (-6, 6, "right", "bottom"), (-6, -6, "right", "top"),
)  # fmt: skip


def draw(rows: Rows) -> Figure:
    """A panel for each group of cases."""
    frame = summary(rows)
    frame = frame.query("role == 'compared'")
    groups = [group for group in _FLOORS if group in set(frame.group)]
    figure = style.figure(2.75 * len(groups) + 0.3)
    panels = figure.subplots(len(groups), 1, squeeze=False)[:, 0]
    labels = [
        _panel(panel, rows, frame.query("group == @group"), group) for panel, group in zip(panels, groups, strict=True)
    ]
    panels[-1].set_xlabel("time for a geodesic (ms)")
    handles = {
        name: handle for panel in panels for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        list(handles.values()), list(handles), loc="outside lower center", ncols=len(handles), columnspacing=1.2
    )
    # labels are placed on the axes' final size, and leave the layout as it is
    figure.draw_without_rendering()
    for panel, found in zip(panels, labels, strict=True):
        _spread(panel, found)
    return figure


def _panel(axis: Axes, rows: Rows, frame: pd.DataFrame, group: str) -> list[Annotation]:
    drawn = frame.dropna(subset=["median_error", "milliseconds"])
    axis.set(xscale="log", yscale="log", ylabel="median relative error")
    labels = []
    for library, settings in drawn.groupby("library", sort=False):
        colour, marker = _LOOKS.get(str(library), _OTHER)
        settings = settings.sort_values(by="milliseconds")
        x, y = settings.milliseconds.to_numpy(), settings.median_error.clip(lower=_FLOORS[group]).to_numpy()
        axis.plot(x, y, color=colour, linewidth=0.9, alpha=0.6)
        name = rows.machine[str(library)]["distribution"]
        axis.plot([], [], marker, color=colour, label=name, markersize=6)
        for a, b, row in zip(x, y, settings.to_dict("records"), strict=True):
            face = "white" if row["failed"] else colour
            axis.plot(a, b, marker, color=colour, markerfacecolor=face, markersize=6, markeredgewidth=1.4, zorder=3)
            words = f"{row['setting']}\n{row['failed']}/{row['pairs']} failed" if row["failed"] else row["setting"]
            label = axis.annotate(words, (a, b), textcoords="offset points", fontsize=7, color=colour, zorder=4)
            label.set_in_layout(False)
            labels.append(label)
    _limits(axis, drawn, _FLOORS[group])
    axis.set_title(f"{group} ({frame.pairs.max()} pairs)", loc="left")
    lost = frame.query("median_error.isna()")
    if len(lost):
        names = [
            f"{rows.machine[row['library']]['distribution']} ({row['failed']}/{row['pairs']})"
            for row in lost.to_dict("records")
        ]
        axis.set_title("no curve in time: " + ", ".join(names), loc="right", fontsize=7, color="#555555")
    return labels


def _limits(axis: Axes, drawn: pd.DataFrame, floor: float) -> None:
    """Room for the labels around the markers."""
    x, y = drawn.milliseconds, drawn.median_error.clip(lower=floor)
    axis.set_xlim(x.min() / 2.5, x.max() * 4)
    axis.set_ylim(y.min() / 12, y.max() * 12)
    axis.grid(True, which="major", color="#DDDDDD", linewidth=0.5, zorder=0)
    axis.set_axisbelow(True)


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
    for line in axis.get_lines():
        corners = axis.transData.transform(line.get_xydata()) if len(np.atleast_1d(line.get_xdata())) > 1 else []
        found += [np.linspace(a, b, 30) for a, b in pairwise(corners)]
    return np.concatenate(found)
