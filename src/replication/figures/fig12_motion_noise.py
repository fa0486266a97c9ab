"""Human motion: what the noise augmentation does to the magnification factor."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.bootstrap import Estimate
from replication.evidence.maps import log_mf_in_box, relative_mf
from replication.evidence.quantities import estimate
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.latent_map import draw_map, map_corners, name_axes
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What noisy copies of the data do to the latent space"
CAPTION = (
    "Human motion. Magnification factor, relative to its median over the data, of models trained without and with the "
    "noisy copies of the frames (first seed, one scale), with the encodings of the test walk. Right: how uneven it is "
    "within the box of the encodings, as the standard deviation of its decimal logarithm, one number a seed, small; "
    "large, the mean with its 95 % interval over the seeds. The lower, the smoother the latent space."
)
NEEDS = [Need(dataset, name) for dataset in ("motion", "motion_clean") for name in ("metric_grid.npz", "pairs.csv")]
_NAMES = {"motion_clean": "without noisy copies", "motion": "with noisy copies"}
_SPEC = {"name": "mf_variation"}


def draw(needs: Needs) -> Figure:
    """Two maps on one scale, and one number a seed beside them."""
    corners = {dataset: map_corners(needs.first(dataset, "metric_grid.npz")["z"]) for dataset in _NAMES}
    tallest = max((high[1] - low[1]) / (high[0] - low[0]) for low, high in corners.values())
    figure = style.figure(style.PAGE, 0.9 + 2.35 * min(tallest, 1.5))
    axes = dict(zip((*_NAMES, "spread"), figure.subplots(1, 3, width_ratios=[1.25, 1.25, 1]), strict=True))
    relative = {dataset: relative_mf(needs.first(dataset, "metric_grid.npz")) for dataset in _NAMES}
    norm = style.map_norm(np.concatenate([values.ravel() for values in relative.values()]))
    for dataset, name in _NAMES.items():
        grid, axis = needs.first(dataset, "metric_grid.npz"), axes[dataset]
        draw_map(figure, axis, grid, relative[dataset], norm, "MF / median")
        look = {"color": "black", "markersize": 1.4, "alpha": 0.5, "markeredgewidth": 0, "rasterized": True}
        axis.plot(*grid["encodings"].T, ".", **look)
        axis.set_title(name)
        name_axes(axis, left=dataset == "motion_clean")
    _spread(axes["spread"], needs)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Spread of log10 MF with and without the augmentation."""
    spec = {"sd of log10 MF": _SPEC}
    found = {dataset: estimates(needs, dataset, spec) for dataset in _NAMES}
    return {f"{key}, {_NAMES[dataset]}": value for dataset, values in found.items() for key, value in values.items()}


def _spread(axis: Axes, needs: Needs) -> None:
    for place, dataset in enumerate(_NAMES):
        each = [log_mf_in_box(grid).std() for grid in needs.all(dataset, "metric_grid.npz").values()]
        axis.plot(np.full(len(each), place - 0.12), each, "o", color="0.45", markersize=3)
        mean = estimate(_SPEC, needs.artifacts[dataset])
        axis.errorbar(place + 0.12, mean.value, yerr=_reach(mean), fmt="o", color="black", markersize=5, linewidth=1)
    axis.set_xticks(range(len(_NAMES)), [name.replace(" ", "\n", 1) for name in _NAMES.values()])
    axis.set(xlim=(-0.6, 1.6), ylabel=r"s.d. of $\log_{10}$ MF", title="every seed, and the mean")
    axis.set_ylim(0, 1.08 * axis.get_ylim()[1])


def _reach(found: Estimate) -> list[list[float]] | None:
    """How far the interval reaches to both sides; a single seed has none."""
    return [[found.value - found.low], [found.high - found.value]] if np.isfinite(found.low) else None
