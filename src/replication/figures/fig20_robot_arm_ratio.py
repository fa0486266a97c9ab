"""In which metric does the robot arm show the paper's ratio?"""

import numpy as np
from matplotlib.figure import Figure

from replication.evidence import line_ratios
from replication.evidence.metric_options import estimate, present
from replication.evidence.rounding import with_interval
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "In which metric the paper's ratio can be found"
CAPTION = (
    "Robot arm. Length of the straight line over that of the geodesic: dots, the pairs of the study, all seeds; "
    "marks, the ratio of means with its 95 % interval. Grey: the paper's ratio, of one pair. mu is lambda_s over the "
    "metric's own scale, r the rank (r = 1: fewer pairs). Hollow marks: the metric has a cost outside the data, and "
    "the ratio depends on its strength; it is no evidence. Smoothed geodesics lean on the border of the grid."
)
NEEDS = [Need("robot_arm", "study.csv")]
EVIDENCE = {
    "raw": "raw",
    "smoothed, multiplier=0.01": r"smoothed, $\mu = 0.01$",
    "smoothed, multiplier=1": r"smoothed, $\mu = 1$",
    "smoothed, multiplier=100": r"smoothed, $\mu = 100$",
    "smoothed": r"smoothed, $\mu = 1000$",
    "smoothed, multiplier=1000, rank=1": r"smoothed, $\mu = 1000$, $r = 1$",
    "ensemble": "ensemble",
}
A_DIAL = {
    "expected": "expected",
    "conformal, kappa=10": r"conformal, $\kappa = 10$",
    "conformal": "conformal, as recommended",
    "conformal, kappa=100": r"conformal, $\kappa = 100$",
    "conformal, multiplier=1": r"smoothed conformal, $\mu = 1$",
}


def draw(needs: Needs) -> Figure:
    """One row a metric."""
    rows = _rows(needs)
    figure = style.figure(style.COLUMN, 0.55 + 0.22 * len(rows))
    axis = figure.subplots()
    for row, variant in enumerate(rows):
        pairs = line_ratios.of_pairs(needs, "robot_arm", variant=variant)
        shifts = np.linspace(-0.22, 0.22, len(pairs))[np.random.default_rng(0).permutation(len(pairs))]
        axis.plot(pairs, row + shifts, ".", color="0.6", markersize=2, zorder=1)
        found = estimate(needs, "robot_arm", variant, **line_ratios.SPEC)
        reach = [[max(found.value - found.low, 0)], [max(found.high - found.value, 0)]]
        fill = "white" if variant in A_DIAL else "black"
        axis.errorbar(found.value, row, xerr=reach, fmt="o", color="black", markerfacecolor=fill, markersize=4)
    if (paper := needs.paper("robot_arm_euclidean_over_geodesic")) is not None:
        paper_band(axis, paper, at="x", align="left")
    axis.axvline(1, color="0.6", linewidth=0.6, zorder=0)
    axis.set_yticks(range(len(rows)), list(rows.values()))
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.set_xticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axis.minorticks_off()
    axis.set_xlabel("line / geodesic")
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """The ratio of means in every metric."""
    rows = _rows(needs)
    return {name: with_interval(estimate(needs, "robot_arm", of, **line_ratios.SPEC)) for of, name in rows.items()}


def _rows(needs: Needs) -> dict[str, str]:
    listed = {**EVIDENCE, **A_DIAL}
    return {of: name for of, name in listed.items() if present(needs, "robot_arm", of, "geodesic")}
