"""The latent space as a map: magnification factor, data, geodesics, straight lines, unit balls, equidistance lines."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from torch import Tensor

from latentgeo.decoder import Decoder
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.curves.seams import cut_at_seams
from latentgeo.geometry.distances.field import distance_field
from latentgeo.geometry.face import as_tensor
from latentgeo.geometry.metrics.bounds import Bounds, bounding_box, checked_bounds
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.solution import GeodesicSolution, Outcome
from latentgeo.plot import style
from latentgeo.plot.drawing import draw_ends, draw_factor, draw_path
from latentgeo.plot.plane import Plane, Section, plane_of
from latentgeo.progress import shows_progress

__all__ = ["latent_map"]

# of the longer side of the box around what is shown: how much wider the map is
_MARGIN = 0.08
# classes that a legend names; what has more values is a scale
_MOST_CLASSES = 12
_TIMES = 200
# curves that are drawn broad and with a halo
_FEW = 12
# of the data's distance to the plane: how much farther off curves may run unsaid
_WANDER = 1.5
# of a scale's ends, up to which it is labelled by 1, 2 and 5 and not by powers of ten
_DECADES = 50
# without the yellow that is lost on white
_NUMBERS = ListedColormap(colormaps["plasma"](np.linspace(0, 0.85, 256)))
# inches, of the map alone
_WIDTH = 4.2
# of the distance between two unit balls: the largest one's radius
_BALL = 0.45


@shows_progress("map")
@torch.no_grad()
def latent_map(
    metric: Metric | Decoder,
    *,
    data: Any = None,
    labels: Any = None,
    solution: GeodesicSolution | None = None,
    lines: bool = True,
    source: Any = None,
    levels: int = 10,
    indicatrices: int = 0,
    dims: str | Sequence[int] | None = None,
    bounds: Bounds | None = None,
    size: int = 129,
    axes: Axes | None = None,
    progress: bool = True,
) -> Axes:
    """Draw a latent space: its magnification factor in greys, and on it whatever is given.

    Of more than two latent dimensions a plane is shown: points and curves are projected onto it, and the magnification
    factor is that of areas within the plane. Where curves run far from the plane that the data are near, which the
    picture cannot show, the legend says how far. At least one of data, solution, source and bounds says where to look.

    Args:
        metric: A metric, or a decoder, whose `PullbackMetric` then is meant.
        data: Latent points (points, latent), e.g. encodings.
        labels: A class or a number for each: few values are named on the map, many are a colour scale.
        solution: Geodesics, which are drawn in blue, dotted where they are not known to have converged; or given paths.
        lines: Whether to draw the straight lines between their ends too, orange and dashed.
        source: A latent point (latent,) around which to draw lines of equal geodesic distance; of two latent
            dimensions only.
        levels: How many such lines.
        indicatrices: Along each side, how many unit balls of the metric to draw: ellipses whose points are all as far
            from their centre, in observation units. They share one scale, chosen so that most are as wide as their
            distance; those beyond are cut to it and pale.
        dims: Which plane of more than two dimensions: two latent coordinates, or "pca", of the data if there are any.
        bounds: ((x low, x high), (y low, y high)) of the map, in the plane's coordinates; by default around all shown.
        size: Nodes of the map along each side.
        axes: Where to draw; a new figure by default.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Returns:
        The axes, with a legend of what is on them.

    Raises:
        ValueError: Nothing to look at, labels that are not one a point, distances in more than two dimensions, or a
            latent space of one.
    """
    metric = metric if isinstance(metric, Metric) else PullbackMetric(metric)
    data, source = _points("data", data), _points("source", source, single=True)
    curves = None if solution is None else solution.curve(torch.linspace(0, 1, _TIMES)).double().cpu()
    shown = [
        points for points in (data, source, None if curves is None else curves.flatten(0, 1)) if points is not None
    ]
    if not shown and bounds is None:
        raise ValueError("latent_map has nowhere to look: give data=, solution=, source= or bounds=")
    # the data's own plane, where there are any: curves may run far beyond them
    spread = [data] if data is not None and len(data) > 1 else shown
    plane = plane_of(torch.cat(spread) if spread else torch.zeros(1, 2, dtype=torch.float64), dims)
    if source is not None and not plane.whole:
        raise ValueError(f"lines of equal distance want two latent dimensions; the source has {plane.basis.shape[1]}")
    if bounds is None:
        bounds = bounding_box(torch.cat([plane.project(points) for points in shown]), _MARGIN, metric.periods)
    bounds = checked_bounds(bounds)
    own = axes is None
    axes = _new_axes(bounds) if axes is None else axes
    seen = metric if plane.whole else Section(metric, plane)
    _draw_factor(axes, seen, bounds, size, plane.whole)
    handles: list[Line2D] = []
    if solution is not None and curves is not None:
        handles += _draw_curves(axes, plane, metric, solution, curves, lines)
    if data is not None:
        handles += _draw_data(axes, plane.project(data), labels)
    if source is not None:
        handles += _draw_distances(axes, metric, source[0], bounds, levels)
    if indicatrices:
        handles += _draw_balls(axes, seen, bounds, indicatrices)
    axes.set(xlim=bounds[0], ylim=bounds[1], xlabel=plane.names[0], ylabel=plane.names[1], aspect="equal")
    if data is not None and curves is not None and not plane.whole:
        handles += _wandering(plane, data, curves.flatten(0, 1))
    if handles and own:
        axes.figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize="small")
    elif handles:
        axes.legend(handles=handles, loc="best", fontsize="small")
    return axes


def _new_axes(bounds: Bounds) -> Axes:
    """In a figure of their proportions, with space for scale and legend."""
    (low_x, high_x), (low_y, high_y) = bounds
    height = _WIDTH * float(np.clip((high_y - low_y) / (high_x - low_x), 0.3, 2))
    return plt.subplots(figsize=(_WIDTH + 1.5, height + 1.0), layout="constrained")[1]


def _points(name: str, points: Any, single: bool = False) -> Tensor | None:
    """Latent points on the CPU in float64; a single one as the only row."""
    if points is None:
        return None
    found = as_tensor(points)
    found = torch.as_tensor(found) if not isinstance(found, Tensor) else found
    if single and found.ndim == 1:
        found = found.unsqueeze(0)
    if single and len(found) != 1:
        raise ValueError(f"{name} must be one latent point, (latent,); got {tuple(found.shape)}")
    if not found.is_floating_point():
        found = found.double()
    check_points(name, found)
    check_finite(name, found, "point")
    return found.detach().cpu().double()


def _draw_factor(axes: Axes, metric: Metric, bounds: Bounds, size: int, whole: bool) -> None:
    """The magnification factor, and its scale beside the map."""
    (low_x, high_x), (low_y, high_y) = bounds
    step = torch.tensor([high_x - low_x, high_y - low_y], dtype=torch.float64) / (size - 1)
    nodes = Lattice(torch.tensor([low_x, low_y], dtype=torch.float64), step.diag(), (size, size))
    a, b, c = metric.on_lattice(nodes).double().cpu().unbind(1)
    factor = (a * c - b * b).clamp(min=0).sqrt().view(size, size).T.numpy()
    x, y = np.linspace(low_x, high_x, size), np.linspace(low_y, high_y, size)
    image = draw_factor(axes, x, y, factor)
    _scale_beside(axes, image, "magnification factor $\\sqrt{\\det G}$" + ("" if whole else " of this plane"))


def _scale_beside(axes: Axes, drawn: ScalarMappable, label: str) -> None:
    figure = axes.get_figure()
    if figure is None:
        return
    bar = figure.colorbar(drawn, ax=axes, label=label, shrink=0.7, pad=0.02)
    low, high = drawn.get_clim()
    if isinstance(drawn.norm, LogNorm) and low and high and high < _DECADES * low:
        # few powers of ten lie between
        plain = [digit * 10.0**power for power in range(-9, 10) for digit in (1, 2, 5)]
        bar.set_ticks([tick for tick in plain if low <= tick <= high], minor=False)
        bar.ax.minorticks_off()
        bar.ax.yaxis.set_major_formatter("{x:g}")


def _draw_data(axes: Axes, points: Float[Tensor, "points 2"], labels: Any) -> list[Line2D]:
    """The data, coloured by class, which is named at its median, or by number."""
    x, y = points.T.numpy()
    size = float(np.clip(9000 / max(1, len(x)), 5, 14))
    if labels is None:
        axes.scatter(x, y, s=size, color="black", alpha=0.45, linewidths=0, zorder=2)
        return [Line2D([], [], marker="o", linestyle="", color="black", markersize=3.5, label="data")]
    values = np.asarray(labels.detach().cpu() if isinstance(labels, Tensor) else labels)
    if values.shape != x.shape:
        raise ValueError(f"labels must be one for each of {len(x)} points; got {values.shape}")
    names = np.unique(values)
    if len(names) > _MOST_CLASSES and values.dtype.kind in "fiu":
        dots = axes.scatter(x, y, c=values.astype(float), s=size, cmap=_NUMBERS, linewidths=0, zorder=2)
        _scale_beside(axes, dots, "labels")
        return []
    for k, name in enumerate(names):
        colour = style.CLASSES[k % len(style.CLASSES)]
        mine = values == name
        axes.scatter(x[mine], y[mine], s=size, color=colour, alpha=0.8, linewidths=0, zorder=2)
        middle = np.median(x[mine]), np.median(y[mine])
        words = {"ha": "center", "va": "center", "fontsize": "medium", "fontweight": "bold", "zorder": 7}
        axes.annotate(str(name), middle, color=colour, path_effects=style.HALO, **words)
    return []


def _draw_curves(
    axes: Axes, plane: Plane, metric: Metric, solution: GeodesicSolution, curves: Tensor, lines: bool
) -> list[Line2D]:
    """Geodesics, and the straight lines between their ends."""
    few = len(curves) <= _FEW
    width = {"linewidth": 1.8 if few else 0.9, "path_effects": style.HALO if few else None}
    drawn: dict[str, Line2D] = {}
    for pair, curve in enumerate(curves):
        seen = curve if plane.whole else plane.project(curve)
        name, look = _kind(solution.outcome[pair])
        if lines and name != "path":
            straight = torch.lerp(seen[:1], seen[-1:], torch.linspace(0, 1, _TIMES).double()[:, None])
            line = _cut(plane, metric, straight)
            drawn["straight line"] = draw_path(axes, line, style.PATHS["euclidean"], **width)
        drawn[name] = draw_path(axes, _cut(plane, metric, seen), look, **width)
        draw_ends(axes, seen.numpy())
    for name, line in drawn.items():
        known = len(curves) == 1 and name != "straight line"
        line.set_label(f"{name}, length {float(solution.length[0]):.4g}" if known else name)
    return list(drawn.values())


def _wandering(plane: Plane, data: Tensor, curves: Tensor) -> list[Line2D]:
    """Words for the legend where curves run farther from the plane than data do, which a projection hides."""
    far, usual = (float((points - plane.points(plane.project(points))).norm(dim=1).max()) for points in (curves, data))
    if far <= _WANDER * usual:
        return []
    words = f"off this plane curves run {far:.2g} far, data {usual:.2g}"
    return [Line2D([], [], linestyle="", label=words)]


def _kind(outcome: Outcome) -> tuple[str, dict[str, Any]]:
    """What a curve is called, and how it is drawn."""
    if outcome is Outcome.BASELINE:
        return "path", style.PATHS["manifold"]
    if outcome is Outcome.CONVERGED:
        return "geodesic", style.PATHS["geodesic"]
    return "not known to be a geodesic", style.PATHS["geodesic"] | {"linestyle": (0, (1, 1.2))}


def _cut(plane: Plane, metric: Metric, points: Tensor) -> np.ndarray:
    """Points of a curve in the plane, cut at the seams of periodic coordinates."""
    return (cut_at_seams(points, metric.periods) if plane.whole else points).numpy()


def _draw_balls(axes: Axes, metric: Metric, bounds: Bounds, count: int) -> list[Line2D]:
    """Unit balls of the metric: v with v^T G v = r^2, for one r."""
    centres = [np.linspace(low, high, count + 2)[1:-1] for low, high in bounds]
    apart = min((high - low) / (count + 1) for low, high in bounds)
    z = torch.cartesian_prod(*(torch.from_numpy(side) for side in centres))
    s, U = torch.linalg.eigh(metric(z).double().cpu())
    # the longer half axis of a ball of radius 1
    longest = s[:, 0].clamp(min=torch.finfo(s.dtype).tiny).rsqrt()
    radius = _BALL * apart / float(longest.median())
    for point, values, axis in zip(z.tolist(), s.clamp(min=1e-300).rsqrt() * radius, U, strict=True):
        long, short = (min(half, _BALL * apart) for half in values.tolist())
        cut = float(values[0]) > _BALL * apart * 1.001
        angle = float(torch.rad2deg(torch.atan2(axis[1, 0], axis[0, 0])))
        look = {"facecolor": "none", "edgecolor": "#882255", "linewidth": 0.9, "alpha": 0.4 if cut else 1.0}
        axes.add_patch(Ellipse((point[0], point[1]), 2 * long, 2 * short, angle=angle, zorder=3, **look))
    label = f"balls of the metric, radius {radius:.3g}"
    return [Line2D([], [], marker="o", linestyle="", color="#882255", markerfacecolor="none", label=label)]


def _draw_distances(axes: Axes, metric: Metric, source: Tensor, bounds: Bounds, levels: int) -> list[Line2D]:
    """Lines of equal geodesic distance around a point, at even distances."""
    field = distance_field(metric, source, bounds=bounds, checks=0)
    x, y = field.z[0, :, 0].numpy(), field.z[:, 0, 1].numpy()
    at = np.linspace(0, float(field.distance.max()), levels + 2)[1:-1]
    axes.contour(x, y, field.distance.numpy(), levels=at, colors="#009E73", linewidths=0.9, zorder=3)
    axes.plot(*source.tolist(), "*", color="white", markeredgecolor="black", markersize=10, zorder=6)
    return [Line2D([], [], color="#009E73", linewidth=1.2, label=f"equal distance, every {at[0]:.3g}")]
