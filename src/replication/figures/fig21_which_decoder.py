"""Which decoder does the paper's result need? Lengths over how well a model fits, for every model of the study."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import fits
from replication.evidence.rounding import number
from replication.files.needs import Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Which decoder the paper's result needs"
CAPTION = (
    "Every model of the study: how far its bound is from the true log-likelihood of the test set (nats, better fits "
    "to the right), against ratios of mean lengths under the smoothed metric; geodesics by the paper's solver "
    "(diamonds) and by ours (circles); last, the share of far pairs' geodesics that stay with the data. Colour: how "
    "the weights start; hollow: what departs from the paper (K = 5, DReG). Grey lines: the paper's numbers. Dotted: "
    "1."
)
NEEDS = fits.NEEDS
STARTS = {
    ("glorot", 1.0): ("Glorot", "#332288"),
    ("torch", 1.0): ("torch", "#88CCEE"),
    ("torch", 3.0): ("torch, first layer × 3", "#999933"),
    ("torch", 10.0): ("torch, first layer × 10", "#882255"),
}
RATIOS = (
    ("manifold / line", (("manifold / line, smoothed", "s"),)),
    ("line / geodesic", (("line / geodesic, shortest", "o"), ("line / geodesic, paper's solver", "D"))),
    ("manifold / geodesic", (("manifold / geodesic, shortest", "o"), ("manifold / geodesic, paper's solver", "D"))),
    ("far pairs that follow", (("follow, shortest", "o"), ("follow, paper's solver", "D"))),
)
SHARES = 3
"""Columns before those that are shares."""
SOLVERS = {"D": "geodesic by the paper's solver", "o": "geodesic by ours"}
TITLES = {"pendulum": "pendulum", "robot_arm": "robot arm"}
SCALE = ((0.2, 0.5, 1), (1, 2, 5, 10), (1, 2, 3))
TICKS = {"pendulum": (3, 2, 1), "robot_arm": (0.6, 0.4, 0.2)}


def draw(needs: Needs) -> Figure:
    """A row a data set, a column a ratio; the last a share."""
    frame = fits.per_model(needs)
    figure = style.figure(style.PAGE, 4.2)
    axes = figure.subplots(len(TITLES), len(RATIOS), sharex="row", squeeze=False)
    for row, (dataset, title) in enumerate(TITLES.items()):
        models = _of(frame, dataset)
        for column, (name, series) in enumerate(RATIOS):
            axis = axes[row, column]
            _ratios(axis, models, series)
            if column < SHARES:
                _scale(axis, _paper(needs, dataset, name), dataset == "pendulum", SCALE[column])
            else:
                axis.set_ylim(-0.03, 1.03)
            axis.set_title(f"{title},\n{name}")
            axis.set_xlabel("gap to the truth (nats)")
            axis.set_ylabel({0: "ratio of mean lengths", SHARES: "share"}.get(column, ""))
            axis.set_xscale("log")
            axis.set_xticks(TICKS[dataset], [f"{tick:g}" for tick in TICKS[dataset]])
            axis.minorticks_off()
        axes[row, 0].invert_xaxis()
    handles = [
        axes[0, 0].plot([], [], "s", color=colour, markersize=4, label=label)[0] for label, colour in STARTS.values()
    ]
    handles += [
        axes[0, 0].plot([], [], marker, color="0.5", markersize=4, label=label)[0] for marker, label in SOLVERS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Of the best and the worst fit of each data set."""
    frame = fits.per_model(needs)
    told = {}
    for dataset in TITLES:
        rows = _of(frame, dataset).sort_values("gap")
        for which, row in (("best fit", rows.iloc[0]), ("worst fit", rows.iloc[-1])):
            told[f"{dataset}, {which}"] = f"{row['model']} seed {row['seed']}: gap {number(row['gap'])}, " + ", ".join(
                f"{column} {number(row[column])}" for _, series in RATIOS for column, _ in series
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


def _scale(axis: Axes, paper: float | None, left: bool, ticks: tuple[float, ...]) -> None:
    """A ratio's axis; the paper's number stands at the end at which there are no models."""
    if paper is not None:
        paper_band(axis, paper, place=0.01 if left else 0.99, align="left" if left else "right")
    axis.axhline(1, color="0.6", linewidth=0.7, linestyle=":", zorder=0)
    axis.set_yscale("log")
    axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()


def _paper(needs: Needs, dataset: str, name: str) -> float | None:
    """The paper's number for a ratio; its manifold / line is that of its two means."""
    if name == "manifold / line":
        line, manifold = (needs.paper(f"{dataset}_mean_{path}") for path in ("euclidean", "manifold"))
        return manifold / line if line and manifold else None
    return needs.paper(f"{dataset}_{'euclidean' if name.startswith('line') else 'manifold'}_over_geodesic")
