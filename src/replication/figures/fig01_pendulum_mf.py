"""Pendulum: magnification factor with the data ring, the geodesic and the straight line."""

from matplotlib.figure import Figure

from replication.files.needs import Needs
from replication.looks.panels.latent_map import map_caption, map_needs, two_maps
from replication.looks.panels.words import lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The latent space, and the shown pair's paths"
CAPTION = map_caption("Pendulum", "the ring of noise-free poses")
NEEDS = map_needs("pendulum")


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed."""
    return two_maps(needs, "pendulum")[0]


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths of the shown pair and of all pairs."""
    return lengths(needs, "pendulum")
