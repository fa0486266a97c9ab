"""The heat kernel of a metric in two latent dimensions: where Brownian motion is after a time."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.bounds import Bounds, checked_bounds, spanned
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods, wrap
from latentgeo.progress import shows_progress, tell

__all__ = ["HeatKernel", "heat_kernel"]

# corners of a cell, as steps from its lowest: two triangles, in turn along either diagonal
_TRIANGLES = (((0, 0), (1, 0), (1, 1)), ((0, 0), (1, 1), (0, 1))), (((0, 0), (1, 0), (0, 1)), ((1, 0), (1, 1), (0, 1)))
# implicit Euler steps before the trapezium's: they damp what a point source starts
_EULER = 4


@dataclass(frozen=True, repr=False)
class HeatKernel(Described):
    """Heat on a grid.

    Attributes:
        z: (rows, columns, 2) with z[i, j] = (x_j, y_i).
        density: (rows, columns), per unit of the metric's volume: of 1 in all.
        volume: (rows, columns), the volume that each node stands for. Along a periodic coordinate the last node is the
            first one, and both share it.
    """

    z: Tensor
    density: Tensor
    volume: Tensor


@shows_progress("heat kernel")
@takes_arrays
@torch.no_grad()
def heat_kernel(
    metric: Metric,
    source: Float[Tensor, "2"],
    time: float,
    bounds: Bounds,
    size: int = 129,
    *,
    steps: int = 40,
    progress: bool = True,
) -> HeatKernel:
    """The density of Brownian motion at a time after it was at the source, du/dt = 1/2 Laplacian u.

    Linear finite elements (Dziuk 1988) on the triangles of a grid; the heat starts at the node nearest to the source.
    Four steps by the implicit Euler rule of half a step each, then the trapezium's. The box's border reflects, but
    along periodic coordinates heat goes across the seam. Errors fall with the square of the grid's step over the heat's
    width, the root of the time.

    Args:
        metric: A metric with two latent dimensions.
        source: One latent point within the bounds; along a periodic coordinate anywhere.
        time: In squared observation units.
        bounds: The box, ((x low, x high), (y low, y high)); one period apart along a periodic coordinate.
        size: Nodes along each axis.
        steps: In time.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: The source is no 2-D point within the bounds, bounds that are not a period apart where there is
            one, a time that is not positive, a size below 3, or fewer than 4 steps.
        NotFiniteError: The metric is singular or not finite in the box.
    """
    if source.shape != (2,):
        raise ValueError(f"source must be one 2-D point, shape (2,); got {tuple(source.shape)}")
    source = source.detach().double().cpu()
    check_points("source", source.unsqueeze(0))
    check_finite("source", source.unsqueeze(0), "point")
    box = torch.tensor(spanned(checked_bounds(bounds), metric.periods), dtype=torch.float64)
    source = wrap(source, metric.periods, box[:, 0].tolist())
    if bool(((source < box[:, 0]) | (source > box[:, 1])).any()):
        raise ValueError(f"source {source.tolist()} is outside the bounds {box.tolist()}")
    if not 0 < time < float("inf"):
        raise ValueError(f"time must be positive and finite, in squared observation units; got {time}")
    if size < 3 or steps < _EULER:
        raise ValueError(f"size must be at least 3 and steps at least {_EULER}; got {size} and {steps}")
    x, y = (torch.linspace(low, high, size, dtype=torch.float64) for low, high in box.tolist())
    nodes = torch.stack(torch.meshgrid(x, y, indexing="xy"), 2)
    number = _numbers(size, metric.periods)
    mass, stiffness = _elements(metric, nodes, number)
    start = np.zeros_like(mass)
    nearest = number[int((nodes.view(-1, 2) - source).square().sum(1).argmin())]
    start[nearest] = 1 / mass[nearest]
    density = _flow(mass, stiffness, start, time, steps)[number]
    volume = (mass / np.bincount(number))[number]
    return HeatKernel(nodes, *(torch.as_tensor(found).view(size, size) for found in (density, volume)))


def _numbers(size: int, periods: Periods | None) -> np.ndarray:
    """Which node each of the grid is, (size * size,): along a periodic coordinate the last is the first one."""
    x, y = (np.arange(size) % (size if period is None else size - 1) for period in periods or (None, None))
    return np.unique(y[:, None] * size + x, return_inverse=True)[1].reshape(-1)


def _elements(
    metric: Metric, nodes: Float[Tensor, "rows columns 2"], number: np.ndarray
) -> tuple[np.ndarray, csc_array]:
    """The volume of each numbered node, and the stiffness matrix; G is taken at the middle of every triangle."""
    rows, columns = nodes.shape[:2]
    i, j = (axis.reshape(-1) for axis in np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij"))
    corners = np.concatenate(
        [
            np.stack([(i + di)[own] * columns + (j + dj)[own] for di, dj in triangle], 1)
            for turn, cell in enumerate(_TRIANGLES)
            for own in [(i + j) % 2 == turn]
            for triangle in cell
        ]
    )
    p = nodes.view(-1, 2)[torch.as_tensor(corners)]
    G = in_parts(metric, metric.points_at_once, p.mean(1)).double().cpu()
    det = torch.linalg.det(G)
    bad = (~(torch.isfinite(det) & (det > 0))).nonzero()
    if len(bad):
        raise NotFiniteError(f"the metric is singular or not finite at {p[bad[0, 0]].mean(0).tolist()}")
    edges = torch.stack([p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]], 1)
    area = torch.linalg.det(edges).abs() / 2
    # latent gradients of the three hat functions
    slopes = torch.linalg.inv(edges)
    slopes = torch.cat([-slopes.sum(2, keepdim=True), slopes], 2).mT
    volume = det.sqrt() * area
    local = volume[:, None, None] * (slopes @ torch.linalg.inv(G) @ slopes.mT)
    corners, count = number[corners], int(number.max()) + 1
    mass = np.bincount(corners.reshape(-1), (volume / 3).repeat_interleave(3).numpy(), count)
    first, second = np.repeat(corners, 3, 1).reshape(-1), np.tile(corners, 3).reshape(-1)
    return mass, csc_array((local.reshape(-1).numpy(), (first, second)), shape=(count, count))


def _flow(mass: np.ndarray, stiffness: csc_array, start: np.ndarray, time: float, steps: int) -> np.ndarray:
    """The heat after the time: implicit Euler half steps, then the trapezium rule."""
    h = time / (steps - _EULER / 2)
    M = diags_array(mass)
    # both rules solve with the same matrix
    solve = splu(csc_array(M + h / 4 * stiffness)).solve
    u = start
    for step in range(_EULER):
        u = solve(mass * u)
        tell(f"step {step + 1} of {steps}")
    for step in range(_EULER, steps):
        u = solve(mass * u - h / 4 * (stiffness @ u))
        tell(f"step {step + 1} of {steps}")
    return u
