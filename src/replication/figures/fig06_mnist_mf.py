"""MNIST: magnification factor with both paths and the classes that they cross."""

from matplotlib.figure import Figure

from replication.needs import Need, Needs
from replication.panels.classes import draw_crossed
from replication.panels.latent_map import curve_of, two_maps
from replication.panels.words import estimates, lengths

__all__ = ["CAPTION", "NEEDS", "draw", "numbers"]

CAPTION = (
    "MNIST. Magnification factor with the geodesic and the straight line of the shown pair, raw and smoothed. The "
    "digits on a path, in its colour, are the classes that its points lie in, in the middle of each run. Lengths: "
    "the shown pair (of those drawn the one of median "
    "latent distance), in brackets the mean over the pairs of all seeds."
)
NEEDS = [
    *(Need("mnist", name, "first") for name in ("metric_grid.npz", "shown.npz", "scores.json")),
    Need("mnist", "pairs.csv"),
]
_PATHS = ("euclidean", "geodesic")


def draw(needs: Needs) -> Figure:
    """Two maps, raw and smoothed."""
    figure, axes = two_maps(needs, "mnist", _PATHS)
    shown = needs.first("mnist", "shown.npz")
    for axis, metric in zip(axes, ("raw", "smoothed"), strict=True):
        for path in _PATHS:
            key = f"{path}_{metric}" if path == "geodesic" else path
            draw_crossed(axis, curve_of(shown, path, metric), shown[f"{key}_class"], path)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Lengths, and how many classes the paths cross on average."""
    crossed = {
        f"classes crossed, {path}, {metric}": {
            "name": "mean",
            "column": "classes_crossed",
            "path": path,
            "metric": metric,
        }
        for path in _PATHS
        for metric in ("raw", "smoothed")
    }
    return {**lengths(needs, "mnist"), **estimates(needs, "mnist", crossed)}
