"""Numbers from one seed's latent maps: the magnification factor and the distance field.

The maps are sampled on the grids of the artifacts, z[i, j] = (x_j, y_i), and read between the nodes bilinearly.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "data_box",
    "log_mf_in_box",
    "mf_variation",
    "peak_mf_log_ratio",
    "read_map",
    "relative_mf",
    "separation",
    "separations",
]

Artifacts = Mapping[str, Any]


def read_map(z: np.ndarray, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of a map at latent points, clamped to the map's border.

    Args:
        z: Grid (H, W, 2).
        values: (H, W).
        points: (..., 2).
    """
    from scipy.interpolate import RegularGridInterpolator

    x, y = z[0, :, 0], z[:, 0, 1]
    inside = np.clip(points, [x[0], y[0]], [x[-1], y[-1]])
    return RegularGridInterpolator((y, x), values)(inside[..., ::-1])


def data_box(encodings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corner of the box that holds the central 98 % of the encodings in each latent dimension."""
    low, high = np.percentile(encodings, [1, 99], axis=0)
    return low, high


def relative_mf(grid: Mapping[str, np.ndarray]) -> np.ndarray:
    """MF over its median within the data box, (H, W): free of the latent space's scale."""
    return grid["MF"] / np.median(grid["MF"][_in_box(grid)])


def log_mf_in_box(grid: Mapping[str, np.ndarray]) -> np.ndarray:
    """log10 of `relative_mf` at the grid's nodes in the data box, (nodes,)."""
    return np.log10(np.maximum(relative_mf(grid)[_in_box(grid)], np.finfo(np.float32).tiny))


def mf_variation(artifacts: Artifacts) -> np.ndarray:
    """Standard deviation of log10 MF over the data box, (1, 1): how unevenly the decoder stretches the latent space."""
    return np.array([[log_mf_in_box(artifacts["metric_grid.npz"]).std()]])


def peak_mf_log_ratio(artifacts: Artifacts, over: str, under: str, metric: str, far: bool = False) -> np.ndarray:
    """log of the largest raw MF along one path over the largest along another between the same ends, (pairs, 1).

    Args:
        artifacts: Of one seed.
        over: A path: euclidean, geodesic, manifold, or neural, the paper's solver's, which has the first pairs alone.
        under: The other one.
        metric: In which geodesics were sought.
        far: Only pairs that are far apart.

    Raises:
        KeyError: A path is missing under this metric.
    """
    grid, paths = artifacts["metric_grid.npz"], artifacts["geodesics.npz"]
    groups = {"geodesic": metric, "neural": f"neural_{metric}"}
    traces = [_traces(paths, groups.get(path, path)) for path in (over, under)]
    pairs = min(map(len, traces))
    peaks = [read_map(grid["z"], grid["MF"], trace[:pairs]).max(axis=1) for trace in traces]
    found = np.log(peaks[0] / peaks[1])[:, None]
    return found[paths["far"][:pairs] == 1] if far else found


def separation(distance: np.ndarray, same: np.ndarray) -> float:
    """How well a distance tells the source's class from the others: the share of (same, other) pairs in order.

    Args:
        distance: (n,) distance of each point from the source.
        same: (n,) True where the point has the source's class.

    Returns:
        Area under the ROC curve: 1 separates, 0.5 says nothing.
    """
    from scipy.stats import mannwhitneyu

    inside, outside = distance[same], distance[~same]
    return float(mannwhitneyu(outside, inside).statistic / (len(inside) * len(outside)))


def separations(artifacts: Artifacts) -> np.ndarray:
    """`separation` by the geodesic and by the Euclidean distance from the field's source, (1, 2)."""
    field, grid = artifacts["distance_field.npz"], artifacts["metric_grid.npz"]
    same = grid["label"] == field["source_label"]
    return np.array(
        [[separation(read_map(field["z"], field[key], grid["encodings"]), same) for key in ("distance", "euclidean")]]
    )


def _traces(paths: Mapping[str, np.ndarray], group: str) -> np.ndarray:
    if f"traces_{group}" not in paths:
        raise KeyError(f"traces of {group}")
    return paths[f"traces_{group}"]


def _in_box(grid: Mapping[str, np.ndarray]) -> np.ndarray:
    low, high = data_box(grid["encodings"])
    return np.all((grid["z"] >= low) & (grid["z"] <= high), axis=-1)
