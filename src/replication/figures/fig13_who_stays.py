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
    "intervals over the pairs of all seeds, under each metric: geodesics by our solver on the study's pairs (eight of "
    "each model, or fewer; human motion: half a turn apart); on the first few of these the curves of the paper's "
    "solver beside ours (hollow); and the curves of the paper's solver on all pairs that are judged (filled diamonds; "
    "human motion: any). Orange: the straight lines between the study's pairs and between those that are judged. mu "
    "is lambda_s over the metric's own scale."
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
    figure = style.figure(style.PAGE, 3.8)
    axes = figure.subplots(1, len(DATASETS), sharex=True, sharey=True)
    for axis, dataset in zip(axes, DATASETS, strict=True):
        _panel(axis, needs, dataset)
    axes[0].set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes[0].set_ylim(len(NAMES) - 0.4, -0.6)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point."""
    told = {
        f"{style.DATASETS[dataset][0]}, {NAMES[variant]}, {name}": with_interval(found)
        for dataset in DATASETS
        for (variant, name), found in {**_shares(needs, dataset), **_judged(needs, dataset)}.items()
    }
    return told | {
        f"{style.DATASETS[dataset][0]}, straight line, {pairs}": with_interval(found)
        for dataset in DATASETS
        for pairs, found in _lines(needs, dataset).items()
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


def _lines(needs: Needs, dataset: str) -> dict[str, Estimate]:
    """The same of the straight lines, between the study's pairs and between those that are judged."""
    spec = {"name": "mean", "path": "euclidean", "column": "follow"}
    judged = {**spec, "metric": "smoothed", "among": "neural"}
    return {
        "study's pairs": estimate(needs, dataset, "raw", DATASETS[dataset], **spec),
        "judged pairs": quantities.estimate(judged, needs.artifacts[dataset]),
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
    for (pairs, line), dashes in zip(_lines(needs, dataset).items(), ("--", ":"), strict=True):
        axis.axvline(line.value, color=style.PATHS["euclidean"], linestyle=dashes, linewidth=1, label=f"line, {pairs}")
    axis.set_xlim(-0.03, 1.03)
    axis.set(title=style.DATASETS[dataset][0], xlabel="share that stays")
