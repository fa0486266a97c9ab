"""MNIST: decoded digits along both paths and the velocities there."""

from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks.panels.reconstructions import draw_images, strips_and_velocities
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What the decoder shows along the paths"
CAPTION = (
    "MNIST. Reconstructions at twelve equidistant times along the straight line, the geodesics and the curve of the "
    "paper's solver of the shown pair, and the velocity (logarithmic) along them under both metrics; peaks of the "
    "velocity are changes of class. Each path's line stands above its digits."
)
NEEDS = [Need("mnist", "shown_pair.npz", "first"), Need("mnist", "pairs.csv")]
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed")


def draw(needs: Needs) -> Figure:
    """A strip of digits a path, velocities below."""
    return strips_and_velocities(needs.first("mnist", "shown_pair.npz"), PATHS, draw_images, strip_height=0.38)


def numbers(needs: Needs) -> dict[str, str]:
    """How even the output's change is, and how fast it is where the class changes, over all pairs."""
    specs = {
        f"velocity peak over mean, {path}": {"name": "velocity_peak", "path": path, "metric": "smoothed"}
        for path in ("euclidean", "geodesic", "neural")
    } | {
        "velocity at class changes over mean, Euclidean line": {
            "name": "mean", "column": "crossing_velocity", "path": "euclidean", "metric": "raw",
        },
    }  # fmt: skip
    return estimates(needs, "mnist", specs)
