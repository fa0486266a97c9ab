"""Pendulum: mean lengths of the three paths over the smoothing lambda_s."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import solver_ratios
from replication.evidence.rounding import with_interval
from replication.evidence.sweep import mean_lengths, ratios
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band
from replication.looks.panels.words import not_converged

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

TITLE = "Lengths over the strength of the smoothing"
CAPTION = (
    "Pendulum. Above: mean length of the three paths, each under the metric smoothed with lambda_s, with 95 % "
    "intervals over the pairs of all seeds. lambda_s is given in units of the squared median of the metric's larger "
    "eigenvalue at the encodings of each model. Below: the same as ratios to the geodesic; the lengths themselves "
    "shrink with lambda_s whatever the path (bands: the paper's means). Geodesics are the shortest paths, by our "
    "solver; hollow: the ratios to the curves of the paper's solver, where it was asked. At 0 the metric is raw (the "
    "axis is broken there). The dotted line marks the lambda_s used elsewhere."
)
NEEDS = [Need("pendulum", "sweep.csv"), *solver_ratios.reads("pendulum")]
MARKERS = {"euclidean": "s", "geodesic": "o", "manifold": "^"}


def draw(needs: Needs) -> Figure:
    """Lengths above, ratios to the geodesic below."""
    sweeps = needs.all("pendulum", "sweep.csv")
    figure = style.figure(style.COLUMN, 4.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    lengths = mean_lengths(sweeps)
    _curves(above, lengths)
    for item in needs.reported.get("items", []):
        if item["dataset"] == "pendulum" and item["quantity"]["name"] == "mean" and item["paper"] is not None:
            _paper(above, item["quantity"]["path"], float(item["paper"]))
    _curves(below, ratios(sweeps))
    _hollow(below, needs, sorted({multiplier for _, multiplier in lengths})[1])
    above.set_yscale("log")
    above.set_ylabel("mean length")
    above.set_title(not_converged(sweeps.values(), separator=",\n"), fontsize=style.NOTE_SIZE)
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    below.axhline(1, color="0.6", linewidth=0.8, zorder=0)
    below.set_ylabel("length / geodesic")
    below.set_xlabel(r"$\lambda_s$ / (median top eigenvalue of $G$)$^2$")
    multipliers = sorted({multiplier for _, multiplier in lengths})
    _axis(below, multipliers)
    grid = needs.first("pendulum", "metric_grid.npz")
    for axis in (above, below):
        axis.axvline(float(grid["lambda_s"] / grid["lambda_scale"]), color="0.4", linestyle=":", linewidth=1)
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Every point of the lower panel, and the manifold path over the line."""
    sweeps = needs.all("pendulum", "sweep.csv")
    told = {
        f"{style.LABELS[path]} / geodesic at {multiplier:.3g}": with_interval(estimate)
        for (path, multiplier), estimate in ratios(sweeps).items()
    }
    told |= {
        f"{style.LABELS[path]} / paper's solver at {multiplier:.3g}": with_interval(estimate)
        for path in ("euclidean", "manifold")
        for multiplier, estimate in solver_ratios.of_papers_solver(needs, "pendulum", path).items()
    }
    return told | {
        f"manifold path / Euclidean line at {multiplier:.3g}": with_interval(estimate)
        for (path, multiplier), estimate in ratios(sweeps, "euclidean").items()
        if path == "manifold"
    }


def _curves(axis: Axes, points: dict) -> None:
    multipliers = sorted({multiplier for _, multiplier in points})
    for path in dict.fromkeys(path for path, _ in points):
        estimates = [points[path, multiplier] for multiplier in multipliers]
        x = _places(multipliers)
        colour = style.PATHS[path]
        axis.fill_between(
            x, [e.low for e in estimates], [e.high for e in estimates], color=colour, alpha=0.2, linewidth=0
        )
        axis.plot(
            x, [e.value for e in estimates], color=colour, linestyle=style.DASHES[path], marker=MARKERS[path],
            markersize=3, label=style.LABELS[path],
        )  # fmt: skip


def _hollow(axis: Axes, needs: Needs, smallest: float) -> None:
    """Ratios to the curves of the paper's solver; raw ones stand a decade left of the sweep's smallest multiplier."""
    for path in ("euclidean", "manifold"):
        found = solver_ratios.of_papers_solver(needs, "pendulum", path)
        x, ends = [multiplier or smallest / 10 for multiplier in found], found.values()
        reach = [[max(e.value - e.low, 0) for e in ends], [max(e.high - e.value, 0) for e in ends]]
        axis.errorbar(
            x, [e.value for e in ends], yerr=reach, fmt=MARKERS[path], color=style.PATHS[path], markersize=4,
            markerfacecolor="white", linewidth=1, zorder=5,
        )  # fmt: skip


def _paper(axis: Axes, path: str, value: float) -> None:
    """The mean of one path that the paper reports; those of the geodesic and the manifold path nearly coincide."""
    look = {"color": style.PATHS[path], "alpha": 0.3, "linewidth": 2.5}
    paper_band(axis, value, place=0.01, align="left", below=path == "geodesic", **look)


def _places(multipliers: list[float]) -> np.ndarray:
    """Where each multiplier stands on the logarithmic axis; 0 stands a decade left of the smallest other one."""
    positive = [value for value in multipliers if value > 0]
    return np.array([value if value > 0 else positive[0] / 10 for value in multipliers])


def _axis(axis: Axes, multipliers: list[float]) -> None:
    places = _places(multipliers)
    axis.set_xscale("log")
    axis.set_xlim(places[0] / 2, places[-1] * 2)
    decades = [10.0**k for k in range(-12, 13) if places[1] <= 10.0**k <= places[-1]]
    axis.set_xticks([places[0], *decades], ["0 (raw)", *(f"$10^{{{round(np.log10(d))}}}$" for d in decades)])
    axis.minorticks_off()
