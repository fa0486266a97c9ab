"""The paper's solver is local: what more Bezier curves do, and where restarts from single ones end."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import starts
from replication.evidence.rounding import number
from replication.files.needs import Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "How far the paper's solver depends on where it starts"
CAPTION = (
    "The paper's solver on a pendulum that does not fit its data and on the selected one, smoothed. Above: line / "
    "geodesic, manifold / geodesic and the share of curves that are stuck (longer than the manifold path) over the "
    "number of Bezier curves that it starts from; grey: the paper's ratios. Below: restarts from one Bezier curve each "
    "on far pairs of the first seed, length over that of the shortest path known, by the side of the ring on which "
    "they end; a cross marks the start that the paper's rule prefers."
)
NEEDS = starts.NEEDS
SIDES = {"along": ("o", "#332288"), "inside": ("v", "#999933"), "outside": ("^", "#88CCEE")}
SERIES = {
    "euclidean": ("line / geodesic", "o-", style.PATHS["euclidean"]),
    "manifold": ("manifold / geodesic", "s-", style.PATHS["manifold"]),
    "stuck": ("share stuck", "x-", "black"),
}
PAPERS = {"euclidean": "paper's line", "manifold": "paper's manifold"}


def draw(needs: Needs) -> Figure:
    """A column a model."""
    figure = style.figure(style.PAGE, 4.4)
    axes = figure.subplots(2, len(starts.MODELS), sharey="row")
    papers = {path: needs.paper(f"pendulum_{path}_over_geodesic") for path in PAPERS}
    for column, (name, model) in enumerate(starts.MODELS.items()):
        _candidates(axes[0, column], needs, model, papers)
        _restarts(axes[1, column], needs, model)
        axes[0, column].set_title(name)
    axes[0, 0].set_ylabel("ratio or share")
    axes[1, 0].set_ylabel("length / shortest")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Ratios by candidates, and where restarts end."""
    told = {}
    for name, model in starts.MODELS.items():
        for row in starts.by_candidates(needs, model).to_dict("records"):
            told[f"{name}, {row['candidates']} curves"] = ", ".join(
                f"{label} {number(row[key])}" for key, (label, *_) in SERIES.items()
            )
        ends = starts.of_restarts(needs, model)
        told[f"{name}, restarts end"] = ", ".join(f"{side} {number(ends[side])}" for side in starts.SIDES)
        told[f"{name}, the rule's start ends along the ring"] = number(ends["rule_along"])
    return told


def _candidates(axis: Axes, needs: Needs, model: str, papers: Mapping[str, float | None]) -> None:
    frame = starts.by_candidates(needs, model)
    for key, (label, form, colour) in SERIES.items():
        axis.plot(frame["candidates"], frame[key], form, color=colour, label=label, markersize=3.5)
    for path, paper in papers.items():
        if paper is not None:
            paper_band(axis, paper, words=PAPERS[path], below=path == "manifold")
    axis.set_xscale("log")
    axis.set_xticks(frame["candidates"], [str(one) for one in frame["candidates"]], minor=False)
    axis.minorticks_off()
    axis.set_xlabel("Bezier curves")


def _restarts(axis: Axes, needs: Needs, model: str) -> None:
    frame = needs.first(model, "starts.csv")
    ends = frame[frame["restart"] > 0]
    best = np.minimum(ends.groupby("pair")["length"].transform("min"), ends["shortest"])
    for at, (pair, one) in enumerate(ends.groupby("pair")):
        first = pair == ends["pair"].min()
        for side, (marker, colour) in SIDES.items():
            chosen = one["side"] == side
            ratio = (one["length"] / best[one.index])[chosen]
            label = f"ends {side} the ring" if first else None
            axis.plot(np.full(len(ratio), at), ratio, marker, color=colour, markersize=3, alpha=0.7, label=label)
        ruled = one["start_score"].idxmin()
        label = "the paper's rule" if first else None
        axis.plot(at, one["length"][ruled] / best[ruled], "x", color="black", markersize=5, label=label)
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    axis.set_xlabel("far pair")
