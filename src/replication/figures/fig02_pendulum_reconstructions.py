"""Pendulum: decoded images along the paths and the velocities there."""

from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks.panels.reconstructions import draw_images, strips_and_velocities
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What the decoder shows along the paths"
CAPTION = (
    "Pendulum. Reconstructions at twelve equidistant times of their own along the straight line, the geodesics, the "
    "curve of the paper's solver and the path along the manifold of the shown pair, and the velocity (the integrand "
    "of the length, logarithmic) along them under both metrics. Each path's line stands above its images."
)
NEEDS = [Need("pendulum", "shown_pair.npz", "first"), Need("pendulum", "pairs.csv")]
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed", "geodesic_conformal", "manifold")


def draw(needs: Needs) -> Figure:
    """A strip of images a path, velocities below."""
    return strips_and_velocities(needs.first("pendulum", "shown_pair.npz"), PATHS, draw_images, strip_height=0.38)


def numbers(needs: Needs) -> dict[str, str]:
    """How evenly the pose turns along the paths, over all pairs, by the time that it is measured in."""
    specs = {
        f"variation of the angular speed, {label}, {time}": {
            "name": "mean",
            "column": column,
            "path": path,
            "metric": metric,
        }
        for time, column in (
            ("the curve's own time", "angular_speed_cv"),
            ("constant latent speed", "angular_speed_cv_latent"),
            ("constant speed in the metric", "angular_speed_cv_metric"),
        )
        for label, path, metric in (
            ("Euclidean line", "euclidean", "smoothed"),
            ("geodesic, raw", "geodesic", "raw"),
            ("geodesic, smoothed", "geodesic", "smoothed"),
            ("paper's solver, smoothed", "neural", "smoothed"),
        )
    }
    return estimates(needs, "pendulum", specs)
