"""Human motion: stick figures along both paths and the velocities there."""

from matplotlib.figure import Figure

from replication.files.needs import Need, Needs
from replication.looks.panels.reconstructions import draw_segments, strips_and_velocities
from replication.looks.panels.words import estimates

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "What the decoder shows along the paths"
CAPTION = (
    "Human motion. Decoded poses at twelve equidistant times along the straight line, the geodesics and the curve of "
    "the paper's solver of the shown pair, seen from the side with the pelvis fixed, and the velocity along them "
    "under both metrics."
)
NEEDS = [Need("motion", "shown_pair.npz", "first"), Need("motion", "pairs.csv")]
PATHS = ("euclidean", "geodesic_raw", "geodesic_smoothed", "neural_smoothed", "geodesic_conformal")


def draw(needs: Needs) -> Figure:
    """A strip of stick figures a path, velocities below."""
    return strips_and_velocities(needs.first("motion", "shown_pair.npz"), PATHS, draw_segments, strip_height=0.75)


def numbers(needs: Needs) -> dict[str, str]:
    """How far the decoded poses are from recorded ones, and how even their change is, over all pairs."""
    specs = {
        f"{words}, {path}": {**spec, "path": path, "metric": "smoothed"}
        for words, spec in (
            ("distance from the nearest recorded pose (rad)", {"name": "mean", "column": "data_distance"}),
            ("velocity peak over mean", {"name": "velocity_peak"}),
        )
        for path in ("euclidean", "geodesic", "neural")
    }
    return estimates(needs, "motion", specs)
