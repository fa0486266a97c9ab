"""Whose geodesics stay with the data: every metric, by our solver and by the paper's."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import quantities
from replication.evidence.bootstrap import Estimate
from replication.evidence.metric_options import NAMES, estimate, present
from replication.evidence.rounding import with_interval
from replication.files.needs import Need, Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Whose geodesics stay with the data"
CAPTION = (
    "Share of paths that stay with the data (docs/REPLICATION.md says how near all of a path has to be), with 95 % "
    "intervals over the pairs of all seeds, under each metric: geodesics by our solver; on the first few of these "
    "pairs the curves of the paper's solver beside ours (hollow); and the curves of the paper's solver on all pairs "
    "that are judged (filled diamonds). Dashed: the straight lines between all pairs. mu is lambda_s over the "
    "metric's own scale. Human motion: pairs half a turn apart, but for those that are judged, which are any."
)
DATASETS = {"pendulum": "uniform", "robot_arm": "uniform", "motion": "opposite"}
# as drawn, from the top: which path, on which pairs, and how
PATHS = {
    "our solver": ({"path": "geodesic"}, "o", -0.25),
    "ours, first pairs": ({"path": "geodesic", "among": "neural"}, "o", -0.05),
    "paper's solver, first pairs": ({"path": "neural"}, "D", 0.13),
}
JUDGED, JUDGED_SHIFT = "paper's solver, judged pairs", 0.32
METRICS = {"raw": "raw", "smoothed, multiplier=1": "smoothed_1", "smoothed": "smoothed"}
"""Variants in which the paper's solver is judged, and their names in pairs.csv."""
NEEDS = [Need(dataset, artifact) for dataset in DATASETS for artifact in ("study.csv", "pairs.csv")]


def draw(needs: Needs) -> Figure:
    """One panel a data set, one row a metric."""
    figure = style.figure(style.PAGE, 3.6)
    axes = figure.subplots(1, len(DATASETS), sharex=True, sharey=True)
    for axis, dataset in zip(axes, DATASETS, strict=True):
        _panel(axis, needs, dataset)
    axes[0].set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes[0].set_ylim(len(NAMES) - 0.4, -0.6)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point."""
    return {
        f"{style.DATASETS[dataset][0]}, {NAMES[variant]}, {name}": with_interval(found)
        for dataset in DATASETS
        for (variant, name), found in {**_shares(needs, dataset), **_judged(needs, dataset)}.items()
    }


def _shares(needs: Needs, dataset: str) -> dict[tuple[str, str], Estimate]:
    return {
        (variant, name): estimate(needs, dataset, variant, DATASETS[dataset], name="mean", column="follow", **where)
        for variant in NAMES
        for name, (where, _, _) in PATHS.items()
        if all(present(needs, dataset, variant, path) for path in where.values())
    }


def _judged(needs: Needs, dataset: str) -> dict[tuple[str, str], Estimate]:
    """The same of the paper's solver on the pairs that are judged."""
    frame = needs.first(dataset, "pairs.csv")
    sought = set(frame.loc[frame["path"] == "neural", "metric"])
    spec = {"name": "mean", "path": "neural", "column": "follow"}
    return {
        (variant, JUDGED): quantities.estimate({**spec, "metric": metric}, needs.artifacts[dataset])
        for variant, metric in METRICS.items()
        if metric in sought
    }


def _panel(axis: Axes, needs: Needs, dataset: str) -> None:
    shares = {**_shares(needs, dataset), **_judged(needs, dataset)}
    drawn = {**PATHS, JUDGED: ({"path": "neural"}, "D", JUDGED_SHIFT)}
    for name, (where, marker, shift) in drawn.items():
        rows = [row for row, variant in enumerate(NAMES) if (variant, name) in shares]
        found = [shares[variant, name] for variant in NAMES if (variant, name) in shares]
        colour, fill = style.PATHS[where["path"]], "white" if "first" in name else style.PATHS[where["path"]]
        reach = [[max(e.value - e.low, 0) for e in found], [max(e.high - e.value, 0) for e in found]]
        axis.errorbar(
            [e.value for e in found], [row + shift for row in rows], xerr=reach, fmt=marker, color=colour,
            markersize=3.5, linewidth=1, markerfacecolor=fill, label=name,
        )  # fmt: skip
    line = estimate(needs, dataset, "raw", DATASETS[dataset], name="mean", path="euclidean", column="follow")
    axis.axvline(line.value, **style.look("euclidean"), linewidth=1, label="straight line")
    axis.set_xlim(-0.03, 1.03)
    axis.set(title=style.DATASETS[dataset][0], xlabel="share that stays")
