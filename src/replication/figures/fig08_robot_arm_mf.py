"""Robot arm: magnification factor with the data ring and both paths."""

from matplotlib.figure import Figure

from replication.files.needs import Needs
from replication.looks.panels.latent_map import map_caption, map_needs, two_maps
from replication.looks.panels.words import lengths

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "The latent space, and the shown pair's paths"
CAPTION = map_caption("Robot arm", "the ring of noise-free poses")
NEEDS = map_needs("robot_arm")


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed."""
    return two_maps(needs, "robot_arm")[0]


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths of the shown pair and of all pairs."""
    return lengths(needs, "robot_arm")
