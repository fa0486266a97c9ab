"""Pendulum: length against the angle between the two poses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import quantities
from replication.evidence.columns import select
from replication.evidence.rounding import number
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.words import estimates, not_converged

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Lengths against the angle between two poses"
CAPTION = (
    "Pendulum. Length of the geodesic by our solver, of the paper's solver and of the manifold path against "
    "the angle between the two poses, the pairs of the first seed, under the smoothed metric above and the conformal "
    "one below, with the least-squares line. r: Pearson's correlation, mean over all seeds with its 95 % interval."
)
NEEDS = [Need("pendulum", "pairs.csv")]
_PATHS = {"geodesic": "o", "neural": "D", "manifold": "^"}
_METRICS = ("smoothed", "conformal")


def draw(needs: Needs) -> Figure:
    """One column a path, one row a metric."""
    frame = needs.first("pendulum", "pairs.csv")
    figure = style.figure(style.PAGE, 4.0)
    paths = [path for path in _PATHS if (frame["path"] == path).any()]
    rows = figure.subplots(len(_METRICS), len(paths), sharex=True, sharey="row")
    for axes, metric in zip(rows, _METRICS, strict=True):
        _row(axes, needs, frame, paths, metric)
    for axis in rows.flat:
        axis.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
        axis.set_xlabel("angle (rad)")
        axis.tick_params(labelbottom=True)  # below some there is no other panel
    notes = {metric: not_converged([frame], metric) for metric in _METRICS}
    words = "; ".join(f"{metric} metric: {note}" for metric, note in notes.items() if note)
    figure.suptitle(words, fontsize=style.NOTE_SIZE)
    return figure


def _row(axes: Sequence[Axes], needs: Needs, frame: pd.DataFrame, paths: Sequence[str], metric: str) -> None:
    for axis, path in zip(axes, paths, strict=True):
        if not _sought(frame, path, metric):
            axis.set_axis_off()  # the paper's solver has not all metrics
            continue
        rows = select(frame, path, metric)
        if len(rows) > 1:
            line, ends = np.polynomial.Polynomial.fit(rows["angle"], rows["length"], 1), np.array([0, np.pi])
            axis.plot(ends, line(ends), color="0.5", linewidth=1)
        axis.plot(rows["angle"], rows["length"], _PATHS[path], color=style.PATHS[path], markersize=3)
        found = quantities.estimate(_spec(path, metric), needs.artifacts["pendulum"])
        axis.set_title(f"{style.LABELS[path]}\nr = {number(found.value)} [{number(found.low)}, {number(found.high)}]")
    axes[0].set_ylabel(f"length, {metric} metric")
    axes[0].set_ylim(bottom=0)


def numbers(needs: Needs) -> dict[str, str]:
    """Correlations of the paths under the metrics in which they were sought."""
    frame = needs.first("pendulum", "pairs.csv")
    specs = {
        f"r, {style.LABELS[path]}, {metric}": _spec(path, metric)
        for path in _PATHS
        for metric in ("raw", *_METRICS)
        if _sought(frame, path, metric)
    }
    return estimates(needs, "pendulum", specs)


def _sought(frame: pd.DataFrame, path: str, metric: str) -> bool:
    return (path, metric) in set(zip(frame["path"], frame["metric"], strict=True))


def _spec(path: str, metric: str) -> dict[str, str]:
    return {"name": "angle_correlation", "path": path, "metric": metric}
