"""The recommended metric: its magnification factor on all four data sets, with both paths of the shown pair."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.latent_map import draw_map, draw_shown_paths, legend_below, name_axes
from replication.looks.panels.words import lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The recommended metric on all four data sets"
CAPTION = (
    "The conformal metric: the decoder's where the data are, dearer by up to kappa where they are not. Magnification "
    "factor over the latent space with the encodings (grey points; black: the ring of noise-free poses), the "
    "straight line and the geodesic of the shown pair. Lengths: this pair, in brackets the mean over the pairs of "
    "all seeds. The line's length is no evidence here: it grows with the root of kappa where it leaves the data."
)
DATASETS = {"pendulum": "pendulum", "mnist": "binarised MNIST", "robot_arm": "robot arm", "motion": "human motion"}
PATHS = ("euclidean", "geodesic")
NEEDS = [
    need
    for dataset in DATASETS
    for need in (
        Need(dataset, "metric_grid.npz", "first"), Need(dataset, "shown_pair.npz", "first"), Need(dataset, "pairs.csv"),
    )
]  # fmt: skip


def draw(needs: Needs) -> Figure:
    """One map a data set."""
    figure = style.figure(style.PAGE, 3.75)
    axes = figure.subplots(1, len(DATASETS))
    for axis, (dataset, title) in zip(axes, DATASETS.items(), strict=True):
        _map(figure, axis, needs, dataset)
        axis.set_title(title)
        name_axes(axis, left=axis is axes[0])
        legend_below(figure, axis, axis, breaks=":,")
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths in this metric, and their ratios."""
    return {
        f"{DATASETS[dataset]}: {name}": words
        for dataset in DATASETS
        for name, words in lengths(needs, dataset, ("conformal",)).items()
    }


def _map(figure: Figure, axis: Axes, needs: Needs, dataset: str) -> None:
    grid = needs.first(dataset, "metric_grid.npz")
    draw_map(figure, axis, grid, grid["MF_conformal"])
    if "ring" not in grid:
        some = grid["encodings"][:: max(1, len(grid["encodings"]) // 1000)]
        axis.plot(*some.T, ".", color="0.35", markersize=0.8, alpha=0.6, zorder=2, rasterized=True)
    draw_shown_paths(axis, needs, dataset, PATHS, "conformal")
