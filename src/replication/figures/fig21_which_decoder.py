"""Which decoder does the paper's result need? Lengths over how well a model fits, for every model of the study."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import fits
from replication.evidence.rounding import number
from replication.files.needs import Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Which decoder the paper's result needs"
CAPTION = (
    "Every model of the study: how far its bound is from the true log-likelihood of the test set (nats, better fits to "
    "the right), against ratios of mean lengths under the smoothed metric; geodesics by the paper's solver (diamonds) "
    "and by ours (circles). Colour: how the weights start; hollow: what departs from the paper (K = 5, DReG). Grey "
    "lines: the paper's numbers. Dotted: 1."
)
NEEDS = fits.NEEDS
STARTS = {
    ("glorot", 1.0): ("Glorot", "#0072B2"),
    ("torch", 1.0): ("torch", "#009E73"),
    ("torch", 3.0): ("torch, first layer × 3", "#E69F00"),
    ("torch", 10.0): ("torch, first layer × 10", "#D55E00"),
}
ROWS = (
    ("manifold / line", (("manifold / line, smoothed", "s"),)),
    ("line / geodesic", (("line / geodesic, shortest", "o"), ("line / geodesic, paper's solver", "D"))),
    ("manifold / geodesic", (("manifold / geodesic, shortest", "o"), ("manifold / geodesic, paper's solver", "D"))),
)
TITLES = {"pendulum": "pendulum", "robot_arm": "robot arm"}
SCALE = ((0.2, 0.5, 1, 1.5), (1, 2, 5, 10), (1, 1.5, 2, 3))
TICKS = {"pendulum": (3, 2, 1), "robot_arm": (0.6, 0.4, 0.2)}


def draw(needs: Needs) -> Figure:
    """A column a data set, a row a ratio."""
    frame = fits.per_model(needs)
    figure = style.figure(6.2)
    axes = figure.subplots(len(ROWS), len(TITLES), sharex="col", squeeze=False)
    for column, dataset in enumerate(TITLES):
        rows = _of(frame, dataset)
        for row, (name, series) in enumerate(ROWS):
            axis = axes[row, column]
            _ratios(axis, rows, series)
            if (paper := _paper(needs, dataset, name)) is not None:
                axis.axhline(paper, **style.PAPER)
            axis.axhline(1, color="0.6", linewidth=0.7, linestyle=":", zorder=0)
            axis.set_yscale("log")
            axis.set_yticks(SCALE[row], [f"{tick:g}" for tick in SCALE[row]])
            axis.minorticks_off()
            if column == 0:
                axis.set_ylabel(name)
        axes[0, column].set_title(TITLES[dataset])
        axes[-1, column].set_xlabel("gap to the truth (nats)")
        axes[-1, column].set_xscale("log")
        axes[-1, column].set_xticks(TICKS[dataset], [f"{tick:g}" for tick in TICKS[dataset]])
        axes[-1, column].minorticks_off()
        axes[-1, column].invert_xaxis()
    handles = [
        axes[0, 0].plot([], [], "s", color=colour, markersize=4, label=label)[0] for label, colour in STARTS.values()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=style.NOTE_SIZE)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Of the best and the worst fit of each data set."""
    frame = fits.per_model(needs)
    told = {}
    for dataset in TITLES:
        rows = _of(frame, dataset).sort_values("gap")
        for which, row in (("best fit", rows.iloc[0]), ("worst fit", rows.iloc[-1])):
            told[f"{dataset}, {which}"] = f"{row['model']} seed {row['seed']}: gap {number(row['gap'])}, " + ", ".join(
                f"{column} {number(row[column])}" for _, series in ROWS for column, _ in series
            )
    return told


def _of(frame: pd.DataFrame, dataset: str) -> pd.DataFrame:
    return frame.iloc[np.flatnonzero(frame["dataset"] == dataset)]


def _ratios(axis: Axes, rows: pd.DataFrame, series: tuple[tuple[str, str], ...]) -> None:
    for column, marker in series:
        for (start, gain), (_, colour) in STARTS.items():
            of_start = (rows["initialisation"] == start) & (rows["gain"] == gain)
            faithful = (rows["gradient"] == "plain") & (rows["samples"] != "5")
            for chosen, face in ((of_start & faithful, colour), (of_start & ~faithful, "none")):
                axis.plot(
                    rows.loc[chosen, "gap"], rows.loc[chosen, column], marker, color=colour, markerfacecolor=face,
                    markersize=4, alpha=0.8,
                )  # fmt: skip


def _paper(needs: Needs, dataset: str, name: str) -> float | None:
    """The paper's number for a ratio; its manifold / line is that of its two means."""
    if name == "manifold / line":
        line, manifold = (needs.paper(f"{dataset}_mean_{path}") for path in ("euclidean", "manifold"))
        return manifold / line if line and manifold else None
    return needs.paper(f"{dataset}_{'euclidean' if name.startswith('line') else 'manifold'}_over_geodesic")
