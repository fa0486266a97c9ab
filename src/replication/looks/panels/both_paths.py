"""What the animations share: both paths in the latent space, and what they differ in, as time passes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from latentgeo.plot import drawing
from replication.files.needs import Need, Needs
from replication.looks import style
from replication.looks.panels.reconstructions import kind_of, look_of
from replication.looks.panels.words import outcome_note

__all__ = ["PATHS", "in_frames", "name_of", "needs_of", "with_their_difference"]

PATHS = ("euclidean", "geodesic_conformal")
WIDTH, HEIGHT = 4.8, 3.3  # inches, of a screen

Arrays = Mapping[str, np.ndarray]
Move = Callable[[int], None]


def needs_of(dataset: str) -> list[Need]:
    """What the shared panels read."""
    return [Need(dataset, name, "first") for name in ("shown_pair.npz", "metric_grid.npz")]


def with_their_difference(
    needs: Needs, dataset: str, panels: Sequence[str], difference: Arrays, words: str
) -> tuple[Figure, dict[str, Axes], Move]:
    """Empty panels beside the latent space, above what both paths differ in over time.

    Args:
        needs: Holds `needs_of`.
        dataset: Data set.
        panels: Names of the empty panels.
        difference: By path: (frames,), e.g. how far it is from the data.
        words: What that is, with its unit.

    Returns:
        The figure, the empty panels by name, and what moves both paths to a frame.
    """
    shown, grid = needs.first(dataset, "shown_pair.npz"), needs.first(dataset, "metric_grid.npz")
    figure = style.figure(WIDTH, HEIGHT)
    axes = figure.subplot_mosaic([[*panels, "map"], ["difference"] * (len(panels) + 1)], height_ratios=[1.75, 1])
    _draw_space(axes["map"], grid)
    below = axes["difference"]
    moved = []
    for path in PATHS:
        look, t = look_of(path), shown[f"{path}_film_t"]
        curve = shown[f"{path}_curve"]
        places = curve[np.rint(t * (len(curve) - 1)).astype(int)]
        drawing.draw_path(axes["map"], curve, look)
        below.plot(t, difference[path], **look, label=name_of(path, shown))
        for axis, (x, y) in ((axes["map"], places.T), (below, (t, difference[path]))):
            dot = axis.plot(x[:1], y[:1], "o", color=look["color"], markeredgecolor="white", markersize=7, zorder=6)[0]
            dot.set_clip_on(False)
            moved.append((x, y, dot))
    drawing.draw_ends(axes["map"], shown[f"{PATHS[0]}_curve"])
    below.set(xlim=(0, 1), ylim=(0, below.get_ylim()[1]), xlabel="time $t$ along the path", ylabel=words)

    def move(index: int) -> None:
        for x, y, dot in moved:
            dot.set_data(x[index : index + 1], y[index : index + 1])

    return figure, {name: axes[name] for name in panels}, move


def in_frames(axes: Mapping[str, Axes], shown: Arrays) -> None:
    """A frame around what each path shows, under the path's name."""
    for path in PATHS:
        axes[path].set(xticks=[], yticks=[])
        axes[path].spines[:].set(visible=True, color="0.7")
        axes[path].set_title(name_of(path, shown), color=look_of(path)["color"])


def name_of(path: str, shown: Arrays) -> str:
    """`geodesic_conformal` reads "geodesic"; one that did not converge, or leans on the border, says so."""
    return style.LABELS[kind_of(path)] + outcome_note(str(shown[f"{path}_outcome"]))


def _draw_space(axis: Axes, grid: Arrays) -> None:
    """The magnification factor of the conformal metric, dark where geodesics do not go, and the encodings."""
    z = grid["z"]
    drawing.draw_factor(axis, z[0, :, 0], z[:, 0, 1], grid["MF_conformal"])
    some = grid["encodings"][:: max(1, len(grid["encodings"]) // 400)]
    axis.plot(*some.T, ".", color="black", markersize=2, alpha=0.6, markeredgewidth=0)
    axis.set(aspect="equal", xticks=[], yticks=[], xlabel="latent $z_1$", ylabel="latent $z_2$")
    axis.set_title("latent space")
