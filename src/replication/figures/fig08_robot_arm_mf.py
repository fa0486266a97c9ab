"""Robot arm: magnification factor with the data ring and both paths."""

from matplotlib.figure import Figure

from replication.needs import Need, Needs
from replication.panels.latent_map import two_maps
from replication.panels.words import lengths

__all__ = ["CAPTION", "NEEDS", "draw", "numbers"]

CAPTION = (
    "Robot arm. Magnification factor over the latent space with the ring of noise-free poses, the geodesic and the "
    "straight line between the shown pair, under the raw and the smoothed metric. Lengths: the shown pair (of those "
    "drawn the one of median latent distance), in brackets the mean over the pairs of all seeds."
)
NEEDS = [
    *(Need("robot_arm", name, "first") for name in ("metric_grid.npz", "shown.npz", "scores.json")),
    Need("robot_arm", "pairs.csv"),
]


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed."""
    return two_maps(needs, "robot_arm", ("euclidean", "geodesic"))[0]


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths of the shown pair and of all pairs."""
    return lengths(needs, "robot_arm")
