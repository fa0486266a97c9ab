"""Which metric did the paper measure in? Ratios of lengths over strength and rank of the smoothing, all data sets."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import solver_ratios
from replication.evidence.bootstrap import Estimate
from replication.evidence.metric_options import chosen, estimate
from replication.evidence.rounding import with_interval
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Ratios of lengths over strength and rank of the smoothing"
CAPTION = (
    "Mean length of the straight line and of the manifold path over that of the geodesic, against the smoothing "
    "lambda_s in units of the metric's own scale, with 95 % intervals over the pairs of all seeds. Of each data set "
    "the wide panel is of rank 2, the narrow one of rank 1, which has fewer pairs of each model; human motion: pairs "
    "half a turn apart. Geodesics are the shortest paths, by our solver; hollow: over the curves of the paper's "
    "solver, on its own pairs (human motion: any). Pale bands: the ratio that the paper reports (of means for the "
    "pendulum, of one pair for the others); dotted: the lambda_s used elsewhere; at 0 the metric is raw."
)
DATASETS = {"pendulum": "pendulum", "mnist": "binarised MNIST", "robot_arm": "robot arm", "motion": "human motion"}
ITEMS = {
    ("pendulum", "euclidean"): "pendulum_euclidean_over_geodesic",
    ("pendulum", "manifold"): "pendulum_manifold_over_geodesic",
    ("mnist", "euclidean"): "mnist_euclidean_over_geodesic",
    ("robot_arm", "euclidean"): "robot_arm_euclidean_over_geodesic",
    ("motion", "euclidean"): "motion_euclidean_over_geodesic",
}
PATHS = {"euclidean": "s", "manifold": "^"}
RANKS = {2: 3.2, 1: 1}
"""Rank of what is smoothed: how wide its panel is."""
NEEDS = [need for dataset in DATASETS for need in (Need(dataset, "study.csv"), *solver_ratios.reads(dataset))]


def draw(needs: Needs) -> Figure:
    """Two panels a data set: rank 2, and beside it rank 1."""
    figure = style.figure(style.PAGE, 4.3)
    for position, dataset in enumerate(DATASETS):
        ranks = [rank for rank in RANKS if any(_ratios(needs, dataset, path, rank) for path in PATHS)]
        place = figure.add_gridspec(2, 2)[position // 2, position % 2]
        widths = [RANKS[rank] for rank in ranks]
        axes = place.subgridspec(1, len(ranks), width_ratios=widths).subplots(sharey=True, squeeze=False)[0]
        for axis, rank in zip(axes, ranks, strict=True):
            _panel(axis, needs, dataset, rank)
        axes[0].set_ylabel("length / geodesic")
    named = {label: line for axis in figure.axes for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(named.values(), named, loc="outside lower center", ncols=2, handlelength=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point."""
    told = {
        f"{DATASETS[dataset]}, {style.LABELS[path]} / geodesic, rank {rank}, {multiplier:g}": with_interval(found)
        for dataset in DATASETS
        for rank in RANKS
        for path in PATHS
        for multiplier, found in _ratios(needs, dataset, path, rank).items()
    }
    return told | {
        f"{DATASETS[dataset]}, {style.LABELS[path]} / paper's solver, {multiplier:g}": with_interval(found)
        for dataset in DATASETS
        for path in PATHS
        for multiplier, found in solver_ratios.of_papers_solver(needs, dataset, path).items()
    }


def _ratios(needs: Needs, dataset: str, path: str, rank: int) -> dict[float, Estimate]:
    frame = needs.first(dataset, "study.csv")
    smoothed = frame[(frame["metric"] == "smoothed") & (frame["rank"] == rank) & (frame["path"] == path)]
    variants = dict(sorted(zip(smoothed["multiplier"].astype(float), smoothed["variant"], strict=True)))
    spec = {"name": "path_ratio", "over": path, "under": "geodesic"}
    drawn = smoothed["drawn"].iloc[0] if len(smoothed) else "uniform"
    return {multiplier: estimate(needs, dataset, variant, drawn, **spec) for multiplier, variant in variants.items()}


def _panel(axis: Axes, needs: Needs, dataset: str, rank: int) -> None:
    multipliers: set[float] = set()
    for path, marker in PATHS.items():
        found = _ratios(needs, dataset, path, rank)
        multipliers |= found.keys()
        if found:
            _points(axis, found, marker=marker, markersize=3.5, label=style.LABELS[path], **style.look(path))
        if rank == 2:
            of_paper = solver_ratios.of_papers_solver(needs, dataset, path)
            look = {"color": style.PATHS[path], "markerfacecolor": "white", "linestyle": "none", "zorder": 5}
            _points(axis, of_paper, marker=marker, markersize=4.5, **look)
        if (reported := needs.paper(ITEMS.get((dataset, path), ""))) is not None:
            look = {"color": style.PATHS[path], "alpha": 0.3}
            if rank == 2:
                paper_band(axis, reported, place=0.005, align="left", **look)
            else:
                axis.axhline(reported, **{**style.PAPER, **look})
    axis.axhline(1, color="0.6", linewidth=0.6, zorder=0)
    axis.axvline(chosen(needs, dataset, "smoothed", "multiplier"), color="0.4", linestyle=":", linewidth=1)
    _scale(axis, sorted(multipliers), rank)
    axis.set_title(f"{DATASETS[dataset]}, rank 2" if rank == 2 else f"rank {rank}")


def _points(axis: Axes, found: Mapping[float, Estimate], **look: Any) -> None:
    """Values over multipliers with their intervals."""
    ends = found.values()
    reach = [[max(e.value - e.low, 0) for e in ends], [max(e.high - e.value, 0) for e in ends]]
    axis.errorbar(list(found), [e.value for e in ends], yerr=reach, linewidth=1, **look)


def _scale(axis: Axes, multipliers: list[float], rank: int) -> None:
    """Ratios from 1 up, and the multipliers that there are, the narrow panel's named one by one."""
    axis.set_xscale("symlog", linthresh=1e-3)
    if rank == 2:
        axis.set_xticks([0, 1e-3, 1e-1, 1e1, 1e3])
        axis.set_xlim(-4e-4, max(1e4, 2 * multipliers[-1]))
        axis.set_xlabel(r"smoothing $\lambda_s$ / scale")
    else:
        axis.set_xticks(multipliers, [f"{multiplier:g}" for multiplier in multipliers])
        axis.set_xlim(multipliers[0] / 10, multipliers[-1] * 10)
        axis.set_xlabel(r"$\lambda_s$ / scale")
    axis.set_yscale("log")
    axis.set_yticks([1, 2, 5, 10], ["1", "2", "5", "10"])
    axis.minorticks_off()
