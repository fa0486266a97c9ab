"""Distances from one point to a grid of others, for equidistance lines."""

from dataclasses import dataclass
from numbers import Integral

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.described import Described
from latentgeo.geometry.distances.eikonal import mesh, spread
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.bounds import Bounds, bounding_box, checked_bounds, open_bounds, spanned
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import balanced, in_units
from latentgeo.progress import shows_progress

__all__ = ["DistanceField", "distance_field"]

# nodes along the longer side at least, between the asked-for ones where these are fewer
_FINE = 320
# along each axis, points of the box at which the axes' scales are looked at
_LOOKED_AT = 8


@dataclass(frozen=True, repr=False)
class DistanceField(Described):
    """Geodesic distances from a source to the points of a grid.

    Attributes:
        z: (rows, columns, 2) with z[i, j] = (x_j, y_i).
        distance: (rows, columns), in observation units.
        error: Estimated relative error: the 95 % quantile of the difference from geodesics to random targets.
    """

    z: Tensor
    distance: Tensor
    error: float


@shows_progress("distance field")
@takes_arrays
def distance_field(
    metric: Metric,
    source: Float[Tensor, "2"],
    bounds: Bounds | None = None,
    size: int | Integral | tuple[int, int] = 96,
    *,
    grid: GridMetric | None = None,
    checks: int = 32,
    progress: bool = True,
) -> DistanceField:
    """Distances from a point to a regular grid of latent points, by the anisotropic eikonal equation.

    Solved on a grid of at least 320 nodes a side (see `eikonal`). Distances are first order in its step and too long,
    by some 0.3 % on a trained decoder.

    Args:
        metric: A metric with two latent dimensions.
        source: One latent point.
        bounds: The grid's box; that of `grid` by default, else a unit box around the source. Along a periodic
            coordinate it is one period, by default with the source in the middle.
        size: Points along x and y; one number or (x, y).
        grid: A `GridMetric` of `metric`, or of the metric that this is built on, that covers the bounds.
        checks: Random targets whose geodesics are solved for the error estimate; 0 gives an error of NaN.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: The source is no 2-D point or outside the bounds, the size below 2, the bounds of a periodic
            coordinate not one period apart, or the grid caches another metric.
    """
    if source.shape != (2,):
        raise ValueError(f"source must be one 2-D point, shape (2,); got {tuple(source.shape)}")
    check_points("source", source.unsqueeze(0))
    check_finite("source", source.unsqueeze(0), "point")
    source = source.detach().cpu()
    known = grid or cache_of(metric)
    if bounds is None:
        bounds = bounding_box(source.unsqueeze(0), 0.5, metric.periods) if known is None else known.bounds
    bounds = spanned(checked_bounds(bounds), metric.periods)
    shape = (int(size), int(size)) if isinstance(size, int | Integral) else size
    if len(shape) != 2 or min(shape) < 2:
        raise ValueError(f"size must be at least 2 along each axis; got {size}; give one number or (x, y)")
    box = torch.tensor(open_bounds(bounds, metric.periods), dtype=source.dtype)
    if bool(((source < box[:, 0]) | (source > box[:, 1])).any()):
        raise ValueError(f"source {source.tolist()} is outside the bounds {box.tolist()}")
    units = balanced(metric, _spread_over(box), axes=True)
    if units is not None:
        seen = in_units(metric, units)
        grid = None if grid is None else units.grid(grid, metric, seen)
        metric, source, bounds = seen, units.new(source), units.bounds(bounds)
    fast = cached(metric, source.unsqueeze(0), grid, bounds)
    # between the asked-for points lie others, as the error falls with the step
    parts = -(-(_FINE - 1) // (max(shape) - 1))
    around = [period is not None for period in metric.periods or (None, None)]
    x, y = (parts * (n - 1) + (0 if turns else 1) for n, turns in zip(shape, around, strict=True))
    nodes = mesh(fast, bounds, (x, y), reach=3)
    reached = spread(nodes, fast, source.double().unsqueeze(0), tolerance=1e-6)[0]
    z = nodes.nodes
    for axis, (turns, (low, high)) in enumerate(zip(around, bounds, strict=True)):
        if turns:
            # a period's end is its beginning, one period on
            reached = torch.cat([reached, reached.narrow(axis, 0, 1)], axis)
            end = z.narrow(axis, 0, 1).clone()
            end[..., axis] += high - low
            z = torch.cat([z, end], axis)
    distance = reached[::parts, ::parts].T.contiguous().to(source)
    z = z[::parts, ::parts].transpose(0, 1).contiguous().to(source)
    error = _excess(fast, source, z, distance, checks)
    return DistanceField(z if units is None else units.old(z), distance, error)


def _spread_over(box: Tensor) -> Tensor:
    """Some points of a box, (points, 2)."""
    share = torch.linspace(0, 1, _LOOKED_AT, dtype=box.dtype, device=box.device)
    x, y = (low + share * (high - low) for low, high in box)
    return torch.stack(torch.meshgrid(x, y, indexing="ij"), -1).view(-1, 2)


def _excess(metric: Metric, source: Tensor, z: Tensor, distance: Tensor, checks: int) -> float:
    if checks == 0:
        return float("nan")
    far = (distance.flatten() > 0.05 * distance.max()).nonzero().squeeze(1)
    pick = far[torch.randperm(len(far), generator=torch.Generator().manual_seed(0))[:checks]]
    targets = z.view(-1, 2)[pick]
    truth = geodesic(metric, source.expand(len(targets), -1), targets).length
    return float((distance.flatten()[pick] / truth - 1).abs().quantile(0.95))
