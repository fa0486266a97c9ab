"""Which metric did the paper measure in? Ratios of lengths over strength and rank of the smoothing, all data sets."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.bootstrap import Estimate
from replication.evidence.metric_options import chosen, estimate
from replication.evidence.rounding import with_interval
from replication.files.needs import Need, Needs
from replication.looks import style

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Ratios of lengths over strength and rank of the smoothing"
CAPTION = (
    "Mean length of the straight line and of the manifold path over that of the geodesic, against the smoothing "
    "lambda_s in units of the metric's own scale, for both ranks (rank 1 dashed), with 95 % intervals over the pairs "
    "of all seeds (rank 1: fewer pairs of each model; human motion: pairs half a turn apart). Pale: the ratio that "
    "the paper reports (of means for the pendulum, of one pair for the others); dotted: the lambda_s used elsewhere."
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
NEEDS = [Need(dataset, "study.csv") for dataset in DATASETS]


def draw(needs: Needs) -> Figure:
    """One panel a data set."""
    figure = style.figure(4.6)
    axes = figure.subplots(2, 2, sharex=True)
    for axis, (dataset, title) in zip(axes.flat, DATASETS.items(), strict=True):
        _panel(axis, needs, dataset)
        axis.set(title=title, ylabel="length / geodesic", xlabel=r"smoothing $\lambda_s$ / scale")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point."""
    return {
        f"{DATASETS[dataset]}, {style.LABELS[path]} / geodesic, rank {rank}, {multiplier:g}": with_interval(found)
        for dataset in DATASETS
        for rank in (2, 1)
        for path in PATHS
        for multiplier, found in _ratios(needs, dataset, path, rank).items()
    }


def _ratios(needs: Needs, dataset: str, path: str, rank: int) -> dict[float, Estimate]:
    frame = needs.first(dataset, "study.csv")
    smoothed = frame[(frame["metric"] == "smoothed") & (frame["rank"] == rank) & (frame["path"] == path)]
    variants = dict(sorted(zip(smoothed["multiplier"].astype(float), smoothed["variant"], strict=True)))
    spec = {"name": "path_ratio", "over": path, "under": "geodesic"}
    drawn = smoothed["drawn"].iloc[0] if len(smoothed) else "uniform"
    return {multiplier: estimate(needs, dataset, variant, drawn, **spec) for multiplier, variant in variants.items()}


def _panel(axis: Axes, needs: Needs, dataset: str) -> None:
    for path, marker in PATHS.items():
        for rank in (2, 1):
            found = _ratios(needs, dataset, path, rank)
            if not found:
                continue
            ends = found.values()
            axis.errorbar(
                list(found), [e.value for e in ends], marker=marker, markersize=3, linewidth=1, color=style.PATHS[path],
                yerr=[[max(e.value - e.low, 0) for e in ends], [max(e.high - e.value, 0) for e in ends]],
                linestyle="-" if rank == 2 else "--", label=f"{style.LABELS[path]}, rank {rank}",
            )  # fmt: skip
        if (reported := needs.paper(ITEMS.get((dataset, path), ""))) is not None:
            axis.axhline(reported, **{**style.PAPER, "color": style.PATHS[path], "alpha": 0.35})
    axis.axhline(1, color="0.6", linewidth=0.6, zorder=0)
    axis.axvline(chosen(needs, dataset, "smoothed", "multiplier"), color="0.4", linestyle=":", linewidth=1)
    axis.set_xscale("symlog", linthresh=1e-3)
    axis.set_xticks([0, 1e-3, 1e-1, 1e1, 1e3, 1e5])
    axis.set_yscale("log")
    axis.set_yticks([1, 2, 5], ["1", "2", "5"])
    axis.minorticks_off()
