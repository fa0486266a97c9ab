"""Distances from a few latent points to very many, in two dimensions: by distance fields, not by geodesics.

One field has the distances from a point to all nodes of a mesh (see `eikonal`), and from these to any number of points.
How the mean squared distance to some of them changes with the source is told by a ring of sources around it.
"""

import math
from copy import copy

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.distances.cubic import cubic
from latentgeo.geometry.distances.eikonal import mesh, spread
from latentgeo.geometry.metrics.bounds import bounding_box, open_bounds
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.units import Units, balanced, in_units
from latentgeo.statistics.rays import check_inside

__all__ = ["RING", "Fields", "frames", "in_even_units", "newton_step", "ring", "slope_and_bend", "slopes"]

RING = 6
"""Sources around a point: as many as its slope and its second derivative take without one aliasing into the other."""

# second derivatives are 1 where space is flat, and less where its curvature is positive
_LEAST_BEND = 0.5
# steps of the mesh between a ring's middle and the border of the box
_ROOM = 2.0
# sources side by side; up to which share of themselves distances are found on the mesh
_SOURCES, _TOLERANCE = 256, 1e-5


class Fields:
    """Distances on a mesh over the box of a cached metric, from anywhere to some points.

    Args:
        metric: In even units, see `in_even_units`.
        z: The points, (points, 2), on the CPU.
        grid: A cache of the metric, or None.
        size: Nodes of the mesh along each axis.

    Attributes:
        metric: Computed from the cache.
        points: z.
        bounds: Of the cache.
        mesh: Nodes, and what a path costs between them.
        box: (2, 2), the least and the greatest of each coordinate; endless along periodic ones.
        inner: The box less some steps of the mesh, in which there is room for a ring.

    Raises:
        ValueError: Points outside the grid.
    """

    def __init__(self, metric: Metric, z: Float[Tensor, "points 2"], grid: GridMetric | None, size: int) -> None:
        known, self.points = grid or cache_of(metric), z
        self.bounds = bounding_box(z, periods=metric.periods) if known is None else known.bounds
        self.metric = cached(metric, z, grid, self.bounds)
        self.box = torch.tensor(open_bounds(self.bounds, metric.periods), dtype=z.dtype)
        # along a period the last node is the first
        x, y = (size if period is None else size - 1 for period in metric.periods or (None, None))
        self.mesh = mesh(self.metric, self.bounds, (x, y))
        self.inner = self.box + _ROOM * torch.stack([self.mesh.step, -self.mesh.step], 1).to(z)
        self._at = cubic(self.mesh, z)

    def among(self, z: Float[Tensor, "points 2"]) -> "Fields":
        """The same fields to other points."""
        other = copy(self)
        other.points, other._at = z, cubic(self.mesh, z)
        return other

    @torch.no_grad()
    def squared(self, sources: Float[Tensor, "sources 2"]) -> Float[Tensor, "sources points"]:
        """Squared distances from sources to the points, in squared observation units."""
        found = []
        for part in sources.float().split(_SOURCES):
            reached = spread(self.mesh, self.metric, part, _TOLERANCE)
            found.append(torch.from_numpy((self._at @ reached.flatten(1).square().numpy().T).T))
        return torch.cat(found).clamp(min=0).to(sources)

    @torch.no_grad()
    def squared_at(
        self, sources: Float[Tensor, "sources 2"], z: Float[Tensor, "sources points 2"]
    ) -> Float[Tensor, "sources points"]:
        """Squared distances from each source to points of its own."""
        reached = spread(self.mesh, self.metric, sources.float(), _TOLERANCE).flatten(1).square().numpy()
        found = [cubic(self.mesh, at) @ field for at, field in zip(z, reached, strict=True)]
        return torch.stack([torch.from_numpy(one) for one in found]).clamp(min=0).to(z)

    def within(self, centres: Float[Tensor, "centres 2"]) -> Float[Tensor, "centres 2"]:
        """The points, those too near to the border moved to where there is room for a ring."""
        return torch.minimum(torch.maximum(centres, self.inner[:, 0]), self.inner[:, 1])

    def finest(self, G: Float[Tensor, "centres 2 2"]) -> Float[Tensor, "centres"]:
        """The length of the mesh's longer step under a metric tensor, in observation units."""
        return torch.linalg.eigvalsh(G)[:, -1].clamp(min=0).sqrt() * float(self.mesh.step.amax())


def frames(G: Float[Tensor, "centres 2 2"]) -> Float[Tensor, "centres 2 2"]:
    """Orthonormal vectors of metric tensors, as columns; none along directions in which one is singular."""
    values, axes = torch.linalg.eigh(G)
    scale = torch.where(values > 1e-12 * values.amax(1, keepdim=True), values.clamp(min=1e-300).rsqrt(), 0.0)
    return axes * scale[:, None]


def ring(
    centres: Float[Tensor, "centres 2"],
    vectors: Float[Tensor, "centres 2 2"],
    radius: Float[Tensor, "centres"],
    box: Float[Tensor, "2 2"],
) -> tuple[Float[Tensor, "centres sources 2"], Float[Tensor, "centres"]]:
    """Each point and six around it, one and the same distance away in its tangent space; and that distance.

    Args:
        centres: The points.
        vectors: Two at each, as columns, that count as orthonormal.
        radius: The distance.
        box: What rings are within: nearer to its border they are smaller.
    """
    away = _directions(centres) @ vectors.mT
    low, high = box.T
    room = torch.where(away > 0, high - centres[:, None], low - centres[:, None]) / away
    room = torch.where(away == 0, math.inf, room).amin((1, 2))
    radius = torch.minimum(radius, room)
    around = centres[:, None] + radius[:, None, None] * away
    # no source is beyond the box, by a rounding
    around = torch.minimum(torch.maximum(around, low), high)
    return torch.cat([centres[:, None], around], 1), radius


def slopes(
    values: Float[Tensor, "centres sources *others"], radius: Float[Tensor, "centres"]
) -> Float[Tensor, "centres 2 *others"]:
    """First derivatives, in the frame, of functions by their values on rings; exact for quadratic ones."""
    around = torch.einsum("ks...,sd->kd...", values[:, 1:], _directions(values))
    return around * (2 / RING) / radius.view(-1, *[1] * (values.ndim - 1))


def slope_and_bend(
    values: Float[Tensor, "centres sources"], radius: Float[Tensor, "centres"]
) -> tuple[Float[Tensor, "centres 2"], Float[Tensor, "centres 2 2"]]:
    """First and second derivatives, in the frame, of a function by its values on rings; exact for quadratic ones."""
    middle, around = values[:, 0], values[:, 1:]
    x, y = _directions(values).T
    # u^T H u = (a + c) / 2 + (a - c) / 2 cos 2t + b sin 2t around the circle
    trace = 4 * (around.mean(1) - middle)
    difference, mixed = 8 * (around * (x * x - y * y)).mean(1), 8 * (around * x * y).mean(1)
    bend = torch.stack([trace + difference, 2 * mixed, 2 * mixed, trace - difference], 1) / 2
    return slopes(values, radius), bend.view(-1, 2, 2) / radius[:, None, None] ** 2


def newton_step(
    slope: Float[Tensor, "centres 2"], bend: Float[Tensor, "centres 2 2"], longest: Float[Tensor, "centres"]
) -> Float[Tensor, "centres 2"]:
    """Newton's step on functions whose second derivative is about one; no longer than so much."""
    values, axes = torch.linalg.eigh(bend)
    along = (axes.mT @ slope[:, :, None]).squeeze(2) / values.clamp(min=_LEAST_BEND)
    step = -(axes @ along[:, :, None]).squeeze(2)
    size = torch.linalg.vector_norm(step, dim=1)
    return step * torch.where(size > longest, longest / size, 1.0)[:, None]


def in_even_units(
    metric: Metric, z: Float[Tensor, "points 2"], grid: GridMetric | None
) -> tuple[Metric, Float[Tensor, "points 2"], GridMetric | None, Units]:
    """All of them in latent units in which the metric's axes have comparable scales, and the units."""
    if grid is not None or cache_of(metric) is not None:
        check_inside(grid or cache_of(metric), z)
    units = balanced(metric, z, axes=True)
    if units is None:
        return metric, z, grid, Units.same(z)
    seen = in_units(metric, units)
    return seen, units.new(z), None if grid is None else units.grid(grid, metric, seen), units


def _directions(like: Tensor) -> Float[Tensor, "sources 2"]:
    angle = torch.arange(RING, dtype=like.dtype, device=like.device) * (2 * math.pi / RING)
    return torch.stack([angle.cos(), angle.sin()], 1)
