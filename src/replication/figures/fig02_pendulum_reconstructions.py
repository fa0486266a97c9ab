"""Pendulum: decoded images along the paths and the velocities there."""

from matplotlib.figure import Figure

from replication.needs import Need, Needs
from replication.panels.reconstructions import draw_images, strips_and_velocities
from replication.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "draw", "numbers"]

CAPTION = (
    "Pendulum. Reconstructions at twelve equidistant times along the straight line, the geodesic and the path along "
    "the manifold of the shown pair, and the velocity (the integrand of the length) along them under both metrics."
)
NEEDS = [Need("pendulum", "shown.npz", "first"), Need("pendulum", "pairs.csv")]
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "geodesic_conformal", "manifold")


def draw(needs: Needs) -> Figure:
    """A strip of images a path, velocities below."""
    return strips_and_velocities(needs.first("pendulum", "shown.npz"), PATHS, draw_images, strip_height=0.38)


def numbers(needs: Needs) -> dict[str, str]:
    """How evenly the pose turns along the paths, over all pairs."""
    specs = {
        f"variation of the angular speed, {label}": {
            "name": "mean",
            "column": "angular_speed_cv",
            "path": path,
            "metric": metric,
        }
        for label, path, metric in (
            ("Euclidean line", "euclidean", "smoothed"),
            ("geodesic, raw", "geodesic", "raw"),
            ("geodesic, smoothed", "geodesic", "smoothed"),
        )
    }
    return estimates(needs, "pendulum", specs)
