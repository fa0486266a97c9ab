"""Not one pair but all: the line's length over the geodesic's, pair by pair, beside the paper's single pairs."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.line_ratios import of_pairs
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Not one pair but all: line over geodesic, pair by pair"
CAPTION = (
    "Length of the straight line over that of the geodesic, of every pair of all seeds: the share of pairs whose "
    "ratio is at least that on the axis. Grey: the paper's ratio (of means over 100 pairs for the pendulum, of one "
    "pair for the others). Under the conformal metric the ratio is a choice of kappa, and no evidence."
)
DATASETS = {
    "pendulum": ("pendulum", "pendulum_euclidean_over_geodesic"),
    "mnist": ("binarised MNIST", "mnist_euclidean_over_geodesic"),
    "robot_arm": ("robot arm", "robot_arm_euclidean_over_geodesic"),
    "motion": ("human motion", "motion_euclidean_over_geodesic"),
}
METRICS = ("raw", "smoothed", "conformal")
NEEDS = [Need(dataset, "pairs.csv") for dataset in DATASETS]


def draw(needs: Needs) -> Figure:
    """One panel a data set, one curve a metric."""
    figure = style.figure(style.COLUMN, 3.6)
    axes = figure.subplots(2, 2, sharey=True)
    for axis, dataset in zip(axes.flat, DATASETS, strict=True):
        _panel(axis, needs, dataset)
    for axis in axes[:, 0]:
        axis.set_ylabel("share of pairs")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, handlelength=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Median, the middle 95 %, and the share of pairs that reach the paper's ratio."""
    found = {}
    for dataset, (title, item) in DATASETS.items():
        paper = needs.paper(item)
        for metric in METRICS:
            ratios = of_pairs(needs, dataset, metric=metric)
            low, middle, high = np.quantile(ratios, [0.025, 0.5, 0.975])
            reach = "" if paper is None else f"; {np.mean(ratios >= paper):.0%} of {len(ratios)} reach {paper:g}"
            found[f"{title}, {metric}"] = f"median {middle:.3g}, 95 % within {low:.3g} to {high:.3g}{reach}"
    return found


def _panel(axis: Axes, needs: Needs, dataset: str) -> None:
    title, item = DATASETS[dataset]
    for metric in METRICS:
        ratios = of_pairs(needs, dataset, metric=metric)
        share = 1 - np.arange(len(ratios)) / len(ratios)
        axis.plot(ratios, share, color="black", linestyle=style.METRICS[metric], drawstyle="steps-pre", label=metric)
    if (paper := needs.paper(item)) is not None:
        paper_band(axis, paper, at="x", align="left")
    axis.set_xscale("log")
    axis.set_xlim(0.95, 12)
    axis.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axis.minorticks_off()
    axis.set(title=title, xlabel="line / geodesic", ylim=(0, 1.2), yticks=[0, 0.5, 1])
