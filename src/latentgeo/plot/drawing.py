"""What maps of latent spaces are made of: magnification factor, paths and their ends. Arrays only; loads no torch."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from latentgeo.plot import style

__all__ = ["draw_ends", "draw_factor", "draw_path"]


def draw_factor(
    axes: Axes, x: np.ndarray, y: np.ndarray, factor: np.ndarray, norm: Normalize | None = None
) -> QuadMesh:
    """A map of positive values in light greys, so that every path's colour stands out.

    Args:
        axes: Where to draw.
        x: Of the columns, (columns,).
        y: Of the rows, (rows,).
        factor: (rows, columns).
        norm: Colour scale, where several maps share one.
    """
    norm = norm or style.map_norm(factor)
    shown = np.clip(factor, norm.vmin, norm.vmax)
    return axes.pcolormesh(x, y, shown, norm=norm, cmap=style.MAP, shading="nearest", rasterized=True)


def draw_path(axes: Axes, points: np.ndarray, look: dict[str, Any], **options: Any) -> Line2D:
    """A path through points (nodes, 2); rows of NaN lift the pen."""
    return axes.plot(*points.T, **{"path_effects": style.HALO, "zorder": 4, **look, **options})[0]


def draw_ends(axes: Axes, points: np.ndarray) -> None:
    """The first and the last of a path's points (nodes, 2)."""
    axes.plot(*points[[0, -1]].T, "o", color="white", markeredgecolor="black", markersize=4.5, zorder=5)
