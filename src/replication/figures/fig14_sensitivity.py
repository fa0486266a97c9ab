"""The conformal metric over each of its options: who stays with the data, and how the manifold's length compares."""

import math
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.bootstrap import Estimate
from replication.evidence.metric_options import chosen, estimate, values
from replication.evidence.rounding import with_interval
from replication.files.needs import Need, Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The recommended metric over each of its options"
CAPTION = (
    "The conformal metric over each of its options that was varied, the others as chosen (dotted line): the factor "
    "kappa far from the data, the precision's bandwidth as a multiple of what the rule finds, its number of centres, "
    "the smoothing lambda_s in units of the metric's own scale. Above: share of geodesics that stay with the data. "
    "Below: mean length of the manifold path over that of the geodesic. 95 % intervals over the pairs of all seeds. "
    "Human motion: pairs half a turn apart."
)
DATASETS = {"pendulum": "uniform", "robot_arm": "uniform", "motion": "opposite"}
OPTIONS = {
    "kappa": r"$\kappa$",
    "bandwidth": "bandwidth",
    "centres": "centres",
    "multiplier": r"$\lambda_s$ / scale",
}
NEEDS = [Need(dataset, "study.csv") for dataset in DATASETS]


def draw(needs: Needs) -> Figure:
    """One column an option."""
    varied = {option: name for option, name in OPTIONS.items() if len(_points(needs, "pendulum", option)) > 1}
    figure = style.figure(style.PAGE, 3.4)
    axes = figure.subplots(2, len(varied), sharex="col", sharey="row", squeeze=False)
    for column, (option, name) in enumerate(varied.items()):
        for dataset in DATASETS:
            _curve(axes[0, column], needs, dataset, option, _stays)
            if dataset != "motion":
                _curve(axes[1, column], needs, dataset, option, _ratio)
        points = list(_points(needs, "pendulum", option))
        for axis in axes[:, column]:
            axis.set_xscale(
                "symlog" if option == "multiplier" else "log", **({"linthresh": 1e-3} if option == "multiplier" else {})
            )
            axis.axvline(chosen(needs, "pendulum", "conformal", option), color="0.4", linestyle=":", linewidth=1)
            ticks = _ticks(points, chosen(needs, "pendulum", "conformal", option))
            axis.set_xticks(list(ticks), list(ticks.values()), fontsize=style.NOTE_SIZE)
            axis.minorticks_off()
            axis.set_xlabel(name)
    axes[0, 0].set(ylabel="share that stays", ylim=(-0.03, 1.05))
    axes[1, 0].set_ylabel("manifold / geodesic")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point of the upper row."""
    return {
        f"{style.DATASETS[dataset][0]}, {option} = {value:g}": with_interval(_stays(needs, dataset, variant))
        for option in OPTIONS
        for dataset in DATASETS
        for value, variant in _points(needs, dataset, option).items()
    }


def _ticks(points: list[float], middle: float) -> dict[float, str]:
    """All of few values, else the ends and what was chosen, with their words."""
    ticks = points if len(points) <= 4 else [points[0], middle, points[-1]]
    return {tick: f"{tick:g}" if tick < 1e4 else f"$10^{{{math.log10(tick):.0f}}}$" for tick in ticks}


def _points(needs: Needs, dataset: str, option: str) -> dict[float, str]:
    own = {chosen(needs, dataset, "conformal", option): "conformal"}
    return dict(sorted({**values(needs, dataset, "conformal", option), **own}.items()))


def _stays(needs: Needs, dataset: str, variant: str) -> Estimate:
    return estimate(needs, dataset, variant, DATASETS[dataset], name="mean", path="geodesic", column="follow")


def _ratio(needs: Needs, dataset: str, variant: str) -> Estimate:
    return estimate(needs, dataset, variant, DATASETS[dataset], name="path_ratio", over="manifold", under="geodesic")


def _curve(
    axis: Axes, needs: Needs, dataset: str, option: str, quantity: Callable[[Needs, str, str], Estimate]
) -> None:
    points = _points(needs, dataset, option)
    found = [quantity(needs, dataset, variant) for variant in points.values()]
    title, colour, marker = style.DATASETS[dataset]
    axis.plot(
        list(points), [e.value for e in found], marker=marker, markersize=3, linewidth=1, color=colour, label=title
    )
    axis.fill_between(
        list(points), [e.low for e in found], [e.high for e in found], color=colour, alpha=0.2, linewidth=0
    )
