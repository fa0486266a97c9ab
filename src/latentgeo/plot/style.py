"""One look for every picture: what colour and line a path has, how a map of positive values is scaled.

The colours of the paths are Okabe and Ito's, those of the classes Paul Tol's muted set; both can be told apart by
colour-blind readers, and paths differ in their line style too. Loads no torch.
"""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.patheffects import withStroke

__all__ = ["CLASSES", "HALO", "MAP", "PATHS", "map_norm"]

PATHS: dict[str, dict[str, Any]] = {
    "euclidean": {"color": "#D55E00", "linestyle": (0, (5, 1.5))},
    "geodesic": {"color": "#0072B2", "linestyle": "-"},
    "manifold": {"color": "#009E73", "linestyle": (0, (1, 1))},
    "neural": {"color": "#CC79A7", "linestyle": (0, (4, 1, 1, 1))},
}
CLASSES = (
    "#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499", "#777777",
)  # fmt: skip
MAP: Colormap = LinearSegmentedColormap.from_list("light_greys", mpl.colormaps["Greys"](np.linspace(0.02, 0.72, 256)))
HALO: list[Any] = [withStroke(linewidth=3.0, foreground="white")]


def map_norm(values: np.ndarray, quantiles: tuple[float, float] = (1, 99.5)) -> Normalize:
    """Scale for a map of positive values: logarithmic when the values span more than a factor of 30.

    Args:
        values: Any shape; values that are not positive are left out, and all of them may be.
        quantiles: The percentiles at the ends of the scale, so that one node does not take all the contrast.
    """
    usable = values[np.isfinite(values) & (values > 0)]
    if not len(usable):
        return Normalize(0, 1)
    low, high = np.percentile(usable, quantiles)
    return LogNorm(low, high) if high > 30 * low else Normalize(low, high)
