"""MNIST: lengths by what is measured, against the paper's pair."""

from matplotlib.figure import Figure

from replication.evidence import readings
from replication.evidence.readings import READINGS, length, ratio
from replication.evidence.rounding import with_interval
from replication.files.needs import Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Lengths by what is measured, beside the paper's"
CAPTION = (
    "MNIST. Lengths of the straight line and of the geodesic by what is measured: small, the mean over the pairs of "
    "all seeds with its 95 % interval; large and hollow, the shown pair. Bands: the paper's pair. Means of "
    "pixels that are coded as -1 and 1 in place of 0 and 1 are exactly twice as long."
)
NEEDS = readings.NEEDS
PATHS = {"euclidean": ("s", -0.13), "geodesic": ("o", 0.13)}


def draw(needs: Needs) -> Figure:
    """One row a reading."""
    figure = style.figure(style.COLUMN, 3.0)
    axis = figure.subplots()
    for path, (marker, shift) in PATHS.items():
        rows = [row + shift for row in range(len(READINGS))]
        means = [length(needs, reading, path) for reading in READINGS]
        pairs = [length(needs, reading, path, "shown_pair") for reading in READINGS]
        colour = style.PATHS[path]
        reach = [[e.value - e.low for e in means], [e.high - e.value for e in means]]
        axis.errorbar(
            [e.value for e in means], rows, xerr=reach, fmt=marker, color=colour, markersize=3.5, linewidth=1,
            label=f"{style.LABELS[path]}, mean",
        )  # fmt: skip
        axis.plot(
            [e.value for e in pairs], rows, marker, color=colour, markersize=6, fillstyle="none",
            label=f"{style.LABELS[path]}, shown pair",
        )  # fmt: skip
        if (paper := needs.paper(f"mnist_pair_{path}")) is not None:
            look = {"color": colour, "alpha": 0.3, "align": "left" if path == "euclidean" else "right"}
            paper_band(axis, paper, at="x", **look)
    axis.set_yticks(range(len(READINGS)), [reading.name for reading in READINGS])
    axis.set_ylim(len(READINGS) - 0.6, -0.9)
    axis.set_xscale("log")
    axis.set_xlabel("length")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Mean lengths and their ratio."""
    found = {}
    for reading in READINGS:
        found |= {
            f"{reading.name}, {style.LABELS[path]}": with_interval(length(needs, reading, path)) for path in PATHS
        }
        found[f"{reading.name}, ratio"] = with_interval(ratio(needs, reading))
    return found
