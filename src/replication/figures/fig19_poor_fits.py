"""What does a poor fit do? Models that fit their data beside those of the first round, which do not."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import quantities, training_variants
from replication.evidence.rounding import with_interval
from replication.evidence.training_variants import DATASETS, crossings, mean_lengths
from replication.files.needs import Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What a poor fit does"
CAPTION = (
    "Pendulum and arm as selected, and as the first round had them (underfitted: Glorot weights, K = 5 for most of "
    "the training). Above: encodings of the test set and the ring of noise-free ones, first seed, latent units; in "
    "brackets how many of the models' rings do not cross themselves. "
    "Below: mean length of the path along the manifold over that of the straight line, smoothed (filled) and raw "
    "(hollow), small for every model, large for their mean with its 95 % interval over pairs and seeds; grey: that of "
    "the paper's two means for the pendulum. The paper's order needs a ratio below 1."
)
NEEDS = training_variants.NEEDS
METRICS = {"smoothed": ("o", "black", -0.12), "raw": ("D", "white", 0.12)}


def draw(needs: Needs) -> Figure:
    """Rings above, ratios below."""
    figure = style.figure(style.PAGE, 4.2)
    grid = figure.add_gridspec(2, len(DATASETS), height_ratios=[1, 1.8])
    for column, dataset in enumerate(DATASETS):
        _ring(figure.add_subplot(grid[0, column]), needs, dataset)
    _ratios(figure.add_subplot(grid[1, :]), needs)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """The ratios below."""
    return {
        f"{name}, manifold / line, {metric}": with_interval(_ratio(needs, dataset, metric))
        for dataset, name in DATASETS.items()
        for metric in METRICS
    }


def _ring(axis: Axes, needs: Needs, dataset: str) -> None:
    grid = needs.first(dataset, "metric_grid.npz")
    rings = [one["ring"] for one in needs.all(dataset, "metric_grid.npz").values()]
    axis.plot(*grid["encodings"].T, ".", color="0.6", markersize=0.8, zorder=0)
    axis.plot(*np.concatenate([grid["ring"], grid["ring"][:1]]).T, color="black", linewidth=0.9)
    axis.set_aspect("equal", adjustable="datalim")
    axis.tick_params(labelsize=style.NOTE_SIZE)
    axis.set_xlabel("latent $z_1$")
    axis.set_ylabel("latent $z_2$")
    whole = sum(crossings(ring) == 0 for ring in rings)
    words = DATASETS[dataset].replace(", ", ",\n")
    axis.set_title(f"{words} ({whole} of {len(rings)})", fontsize=style.NOTE_SIZE)


def _ratio(needs: Needs, dataset: str, metric: str) -> quantities.Estimate:
    spec = {"name": "path_ratio", "over": "manifold", "under": "euclidean", "metric": metric}
    return quantities.estimate(spec, needs.artifacts[dataset])


def _ratios(axis: Axes, needs: Needs) -> None:
    for metric, (marker, face, shift) in METRICS.items():
        for place, dataset in enumerate(DATASETS):
            means = mean_lengths(needs, dataset, metric)
            every, found = means[:, 1] / means[:, 2], _ratio(needs, dataset, metric)
            x = place + shift
            axis.plot(np.full(len(every), x), every, marker, color="0.4", markerfacecolor=face, markersize=2.5)
            axis.errorbar(
                x + 0.07, found.value, yerr=[[found.value - found.low], [found.high - found.value]], fmt=marker,
                color="black", markerfacecolor=face, markersize=5, linewidth=1,
                label=metric if place == 0 else None,
            )  # fmt: skip
    line, manifold = needs.paper("pendulum_mean_euclidean"), needs.paper("pendulum_mean_manifold")
    if line and manifold:
        paper_band(axis, manifold / line, words="paper, pendulum:", place=0.47, align="center")
    axis.axhline(1, color="0.5", linewidth=0.7, zorder=0)
    axis.set_xticks(range(len(DATASETS)), [name.replace(", ", ",\n") for name in DATASETS.values()])
    axis.set_ylabel("manifold path / line")
    axis.legend(loc="best")
