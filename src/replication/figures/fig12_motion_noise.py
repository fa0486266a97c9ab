"""Human motion: what the noise augmentation does to the magnification factor."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence.maps import log_mf_in_box, relative_mf
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.latent_map import draw_map, map_corners, name_axes, two_map_height
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What noisy copies of the data do to the latent space"
CAPTION = (
    "Human motion. Magnification factor, relative to its median over the data, of models trained without and with the "
    "noisy copies of the frames (first seed), and below how it is distributed within the box of the encodings (one "
    "line a seed): the narrower, the smoother the latent space."
)
NEEDS = [Need(dataset, name) for dataset in ("motion", "motion_clean") for name in ("metric_grid.npz", "pairs.csv")]
_NAMES = {"motion_clean": "without noisy copies", "motion": "with noisy copies"}
_LOOKS = {"motion_clean": ("#E69F00", "--"), "motion": ("#56B4E9", "-")}


def draw(needs: Needs) -> Figure:
    """Two maps above, the distributions below."""
    corners = map_corners(needs.first("motion", "metric_grid.npz")["z"])
    figure = style.figure(two_map_height(*corners, around=2.9))
    panels = figure.subplot_mosaic([["motion_clean", "motion"], ["spread", "spread"]], height_ratios=[5, 2.2])
    relative = {dataset: relative_mf(needs.first(dataset, "metric_grid.npz")) for dataset in _NAMES}
    norm = style.map_norm(np.concatenate([values.ravel() for values in relative.values()]))
    spreads = {
        dataset: [log_mf_in_box(grid) for grid in needs.all(dataset, "metric_grid.npz").values()] for dataset in _NAMES
    }
    low, high = np.percentile(np.concatenate([*spreads["motion"], *spreads["motion_clean"]]), [0.1, 99.9])
    bins = np.linspace(low, high, 41)
    for dataset, name in _NAMES.items():
        grid = needs.first(dataset, "metric_grid.npz")
        axis = panels[dataset]
        draw_map(figure, axis, grid, relative[dataset], norm, "MF / median")
        axis.plot(
            *grid["encodings"].T, ".", color="black", markersize=1.2, alpha=0.5, markeredgewidth=0, rasterized=True
        )
        axis.set_title(name)
        name_axes(axis, left=dataset == "motion_clean")
        _spread(panels["spread"], dataset, spreads[dataset], bins)
    panels["spread"].set_xlabel(r"$\log_{10}$ (MF / median)")
    panels["spread"].set_ylabel("density")
    figure.legend(*panels["spread"].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Spread of log10 MF with and without the augmentation."""
    spec = {"sd of log10 MF": {"name": "mf_variation"}}
    found = {dataset: estimates(needs, dataset, spec) for dataset in _NAMES}
    return {f"{key}, {_NAMES[dataset]}": value for dataset, values in found.items() for key, value in values.items()}


def _spread(axis: Axes, dataset: str, spreads: list[np.ndarray], bins: np.ndarray) -> None:
    colour, dashes = _LOOKS[dataset]
    for index, spread in enumerate(spreads):
        density, _ = np.histogram(spread, bins=bins, density=True)
        label = _NAMES[dataset] if index == 0 else None
        axis.plot((bins[1:] + bins[:-1]) / 2, density, color=colour, linestyle=dashes, linewidth=1.2, label=label)
