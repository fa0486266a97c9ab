"""Pendulum: length against the angle between the two poses."""

import numpy as np
from matplotlib.figure import Figure

from replication import quantities, style
from replication.columns import select
from replication.needs import Need, Needs
from replication.panels.words import estimates, not_converged
from replication.rounding import with_interval

__all__ = ["CAPTION", "NEEDS", "draw", "numbers"]

CAPTION = (
    "Pendulum. Length of the geodesic and of the manifold path against the angle between the two poses, 100 pairs of "
    "the first seed under the smoothed metric, with the least-squares line. r: Pearson's correlation, mean over all "
    "seeds with its 95 % interval."
)
NEEDS = [Need("pendulum", "pairs.csv")]
_PATHS = ("geodesic", "manifold")


def draw(needs: Needs) -> Figure:
    """One panel a path."""
    frame = needs.first("pendulum", "pairs.csv")
    figure = style.figure(2.7)
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for axis, path in zip(axes, _PATHS, strict=True):
        rows = select(frame, path, "smoothed")
        line = np.polynomial.Polynomial.fit(rows["angle"], rows["length"], 1)
        ends = np.array([0, np.pi])
        axis.plot(ends, line(ends), color="0.5", linewidth=1)
        axis.plot(
            rows["angle"], rows["length"], "o" if path == "geodesic" else "^", color=style.PATHS[path], markersize=3
        )
        found = quantities.estimate(_spec(path, "smoothed"), needs.artifacts["pendulum"])
        axis.set_title(f"{style.LABELS[path]}\nr = {with_interval(found)}", fontsize=style.NOTE_SIZE)
        axis.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
        axis.set_xlabel("angle between the poses (rad)")
    axes[0].set_ylabel("length (smoothed metric)")
    figure.suptitle(not_converged([frame], "smoothed"), fontsize=style.NOTE_SIZE)
    axes[0].set_ylim(bottom=0)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Correlations of both paths under both metrics."""
    specs = {
        f"r, {style.LABELS[path]}, {metric}": _spec(path, metric) for path in _PATHS for metric in ("raw", "smoothed")
    }
    return estimates(needs, "pendulum", specs)


def _spec(path: str, metric: str) -> dict[str, str]:
    return {"name": "angle_correlation", "path": path, "metric": metric}
