"""Why: how steep a decoder that fits and one that does not are, and which way geodesics leave the ring."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.evidence import domains, far_geodesics
from replication.evidence.rounding import number
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.paper_band import paper_band
from replication.measuring.ring_side import extent

__all__ = ["CAPTION", "NEEDS", "TITLE", "draw", "numbers"]

MODELS = domains.MODELS
TITLE = "Why: how steep the decoders are, and where geodesics go"
CAPTION = (
    "A pendulum that does not fit its data (Glorot weights, K = 5) and the selected one, first seed. Above: length of "
    "the decoder's derivative along and across the ring, over the radius (median over 100 angles, shaded the middle "
    "half; 1 is the ring), and its two singular values (dashed, medians). Below: how far smoothed geodesics of far "
    "pairs get, as the largest and the smallest radius of each (the ring's in the same direction is 1), by both "
    "solvers; dashed: the ends of the box in which curves are sought; dotted: the radii that hold 95 and 99 % of the "
    "prior. Last: line / geodesic (filled) and manifold / geodesic (hollow) where curves are bounded by that box, or "
    "by where the prior has mass; grey: the paper's."
)
NEEDS = [
    *(
        Need(model, artifact, "first")
        for model in dict.fromkeys(MODELS.values())
        for artifact in far_geodesics.ARTIFACTS
    ),
    *domains.NEEDS,
]
TICKS = ("box", "95 %", "99 %")


def draw(needs: Needs) -> Figure:
    """A column a model."""
    figure = style.figure(style.PAGE, 6.4)
    axes = figure.subplots(3, len(MODELS), sharey="row")
    for column, (name, model) in enumerate(MODELS.items()):
        _steepness(axes[0, column], needs.first(model, "radii.npz"))
        _reach(axes[1, column], needs, model)
        _domains(axes[2, column], needs, model)
        axes[0, column].set_title(name)
    axes[0, 0].set_ylabel("length of the derivative")
    axes[1, 0].set_ylabel("number of geodesics")
    axes[2, 0].set_ylabel("over the geodesic")
    for fill, name in (("0.5", "line / geodesic"), ("none", "manifold / geodesic")):
        axes[2, 0].plot([], [], "o", color="0.5", markerfacecolor=fill, label=name)
    for axis in axes[:, 0]:
        axis.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="white")
    return figure


def numbers(needs: Needs) -> dict[str, str]:
    """Steepness at the centre, on the ring and beyond, q's width, and the radii that geodesics reach."""
    told = {}
    for name, model in MODELS.items():
        radii = needs.first(model, "radii.npz")
        for at in (0.0, 1.0, 1.5):
            row = int(np.abs(radii["radius"] - at).argmin())
            told[f"{name}, at {at:g} radii"] = (
                f"along {number(float(np.median(radii['along'][row])))}, "
                f"across {number(float(np.median(radii['across'][row])))}"
            )
        widths = (number(float(np.median(radii[key]))) for key in ("q_along", "q_across"))
        told[f"{name}, q's standard deviation"] = "along {}, across {} (latent units)".format(*widths)
        for path, label in domains.SOLVERS.items():
            least, largest = _extent(needs, model, path)
            told[f"{name}, radii of far geodesics, {label}"] = (
                f"least {number(float(np.median(least)))}, largest {number(float(np.median(largest)))} (medians)"
            )
    return told


def _steepness(axis: Axes, radii: dict[str, np.ndarray]) -> None:
    for key, colour in (("along", "black"), ("across", "#999933")):
        low, middle, high = np.quantile(radii[key], [0.25, 0.5, 0.75], axis=1)
        axis.plot(radii["radius"], middle, color=colour, label=f"{key} the ring")
        axis.fill_between(radii["radius"], low, high, color=colour, alpha=0.2, linewidth=0)
    for which in (0, 1):
        middle = np.median(radii["singular"][..., which], axis=1)
        label = "singular values" if which == 0 else None
        axis.plot(radii["radius"], middle, color="#882255", linestyle="--", linewidth=0.9, label=label)
    axis.axvline(1, color="0.6", linewidth=0.7, linestyle=":")
    axis.set_xlabel("radius over the ring's")
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")


def _reach(axis: Axes, needs: Needs, model: str) -> None:
    radii = needs.first(model, "radii.npz")
    ring = np.linalg.norm(radii["ring"] - radii["centre"], axis=1).mean()
    bins = np.linspace(0, 3, 31).tolist()
    for path, label in domains.SOLVERS.items():
        least, largest = _extent(needs, model, path)
        axis.hist(largest, bins, histtype="step", color=style.PATHS[path], label=f"{label}, largest")
        axis.hist(least, bins, histtype="stepfilled", color=style.PATHS[path], alpha=0.35, label=f"{label}, smallest")
    reach = np.abs(radii["bounds"] - radii["centre"][:, None])
    for edge in (reach.min(), float(np.linalg.norm(reach.max(axis=1)))):
        axis.axvline(edge / ring, color="0.4", linewidth=0.8, linestyle="--")
    for mass in far_geodesics.PRIOR_MASS:
        axis.axvline(far_geodesics.prior_radius(mass) / ring, color="0.4", linewidth=0.8, linestyle=":")
    axis.set_xlabel("radius over the ring's")


def _domains(axis: Axes, needs: Needs, model: str) -> None:
    frame = domains.by_domain(needs, model)
    for shift, (path, label) in zip((-0.08, 0.08), domains.SOLVERS.items(), strict=True):
        rows = frame[frame["path"] == path]
        at = np.arange(len(rows)) + shift
        axis.plot(at, rows["euclidean"], "o", color=style.PATHS[path], label=label)
        axis.plot(at, rows["manifold"], "o", color=style.PATHS[path], markerfacecolor="none")
    for name in ("euclidean", "manifold"):
        if paper := needs.paper(f"pendulum_{name}_over_geodesic"):
            paper_band(axis, paper, place=0.27, align="center")
    axis.set_xticks(range(len(TICKS)), TICKS)
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")
    axis.set_xlabel("what bounds the curves")


def _extent(needs: Needs, model: str, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest relative radius of each far pair's geodesic."""
    artifacts = {name: needs.first(model, name) for name in far_geodesics.ARTIFACTS}
    return extent(artifacts["radii.npz"]["ring"], far_geodesics.traces(artifacts, path))
