"""Human motion: magnification factor with both paths over the walks' encodings."""

from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks.panels.latent_map import map_caption, map_needs, two_maps
from replication.looks.panels.words import estimates, lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The latent space, and the shown pair's paths"
CAPTION = map_caption("Human motion", "the encodings of the test walk (dots; one turn of the loop is two steps)")
NEEDS = [*map_needs("motion"), Need("motion", "scores.json")]


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed."""
    figure, axes = two_maps(needs, "motion")
    encodings = needs.first("motion", "metric_grid.npz")["encodings"]
    for axis in axes:
        axis.plot(
            *encodings.T, ".", color="black", markersize=1.8, alpha=0.5, markeredgewidth=0, zorder=2, rasterized=True
        )
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths of the shown pair and of all pairs."""
    turns = {"turns of the loop per gait cycle": {"name": "score", "key": "loop_turns_per_cycle"}}
    return {**lengths(needs, "motion"), **estimates(needs, "motion", turns)}
