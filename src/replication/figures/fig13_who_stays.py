"""Whose geodesics stay with the data: every metric, by our solver and by the paper's."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication import style
from replication.bootstrap import Estimate
from replication.needs import Need, Needs
from replication.rounding import with_interval
from replication.study import NAMES, estimate, present

__all__ = ["CAPTION", "NEEDS", "draw", "numbers"]

CAPTION = (
    "Share of paths that stay with the data (all of the path within 0.35 radii of the data's manifold; human motion: "
    "0.1), with 95 % intervals over the pairs of all seeds, under each metric: geodesics by our solver, and the "
    "curves that the paper's solver finds on the first pairs. Dotted: the straight lines between the same ends. "
    "Human motion: pairs half a turn apart."
)
DATASETS = {"pendulum": "uniform", "robot_arm": "uniform", "motion": "opposite"}
TITLES = {"pendulum": "pendulum", "robot_arm": "robot arm", "motion": "human motion"}
PATHS = ("geodesic", "neural")
NEEDS = [Need(dataset, "study.csv") for dataset in DATASETS]


def draw(needs: Needs) -> Figure:
    """One panel a data set, one row a metric."""
    figure = style.figure(3.0)
    axes = figure.subplots(1, len(DATASETS), sharex=True, sharey=True)
    for axis, dataset in zip(axes, DATASETS, strict=True):
        _panel(axis, needs, dataset)
    axes[0].set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point."""
    return {
        f"{TITLES[dataset]}, {NAMES[variant]}, {style.LABELS[path]}": with_interval(found)
        for dataset in DATASETS
        for (variant, path), found in _shares(needs, dataset).items()
    }


def _shares(needs: Needs, dataset: str) -> dict[tuple[str, str], Estimate]:
    wanted = [(variant, path) for variant in NAMES for path in PATHS if present(needs, dataset, variant, path)]
    return {
        (variant, path): estimate(needs, dataset, variant, DATASETS[dataset], name="mean", path=path, column="follow")
        for variant, path in wanted
    }


def _panel(axis: Axes, needs: Needs, dataset: str) -> None:
    shares = _shares(needs, dataset)
    for path, shift, marker in zip(PATHS, (-0.12, 0.12), ("o", "D"), strict=True):
        rows = [row for row, variant in enumerate(NAMES) if (variant, path) in shares]
        found = [shares[variant, path] for variant in NAMES if (variant, path) in shares]
        reach = [[max(e.value - e.low, 0) for e in found], [max(e.high - e.value, 0) for e in found]]
        axis.errorbar(
            [e.value for e in found], [row + shift for row in rows], xerr=reach, fmt=marker, color=style.PATHS[path],
            markersize=4, linewidth=1, label="our solver" if path == "geodesic" else style.LABELS[path],
        )  # fmt: skip
    line = estimate(needs, dataset, "raw", DATASETS[dataset], name="mean", path="euclidean", column="follow")
    axis.axvline(line.value, color=style.PATHS["euclidean"], linestyle=":", linewidth=1, label="straight line")
    axis.set_xlim(-0.03, 1.03)
    axis.set(title=TITLES[dataset], xlabel="share that stays")
