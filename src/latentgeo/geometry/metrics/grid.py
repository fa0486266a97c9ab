"""A two-dimensional metric cached on a grid, with twice differentiable interpolation.

Each entry of G is a tensor-product cubic B-spline through the grid's values (not-a-knot ends, error O(h^4)). The
splines' coefficient matrices are made positive semi-definite where the grid is too coarse; as the basis functions are
positive, G then is positive semi-definite everywhere, not at the nodes only. Along a periodic coordinate the grid is
one period and the splines have no ends.
"""

import math
from copy import copy

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_points, check_vectors
from latentgeo.geometry.chunks import MOST_POINTS, in_parts
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.balance import axis_units
from latentgeo.geometry.metrics.bicubic import coefficients, weights
from latentgeo.geometry.metrics.bounds import Bounds, checked_bounds, spanned
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.jet import Jet, entries, matrix
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import MARGIN, Walled
from latentgeo.geometry.periods import Periods

__all__ = ["GridMetric"]

# nodes along each axis, and the estimated error up to which they will do: a coarse grid is for smooth metrics only
_SIZES = {33: 1e-3, 65: 1e-3, 129: 1e-2, 257: math.inf}
# points at which the error is estimated, and nodes to each side of a point that a sharpened cache evaluates
_PROBES, _REACH = 256, 2
# of the largest entry: what the metric at both ends of a period may differ by
_SEAM = 1e-4


class GridMetric(Metric):
    """A cache of a 2-D metric on a grid: evaluating it costs an index and a small product, whatever the decoder.

    Args:
        metric: The metric to cache; evaluated size^2 times.
        bounds: ((x low, x high), (y low, y high)); one period apart along a periodic coordinate.
        size: Nodes along each axis, at least 5; one number or (x, y). By default 33 or 65 if the estimated error is
            below 0.1 % then, else 129 if it is below 1 %, else 257.
        most: The largest size to choose by default.

    Attributes:
        interpolation_error: Estimated relative error of G, its 95 % quantile over cell centres; in units in which its
            axes are of comparable scale.

    Warning:
        Beyond the bounds the cache is a walled metric, see `Walled`: outside is dear, never cheap. `inside(z)` tells
        which points are inside. A periodic coordinate has no outside.

    Raises:
        ValueError: Bounds that are not two increasing pairs, or not one period apart along a periodic coordinate; a
            size below 5; a metric that is not the same at both ends of a period.
        NotFiniteError: The metric is NaN or infinite within the bounds or a tenth of their width beyond.
    """

    def __init__(
        self, metric: Metric, bounds: Bounds | Tensor, size: int | tuple[int, int] | None = None, *, most: int = 257
    ) -> None:
        self.metric = metric
        self.bounds = spanned(checked_bounds(bounds), metric.periods)
        self._round = tuple(period is not None for period in metric.periods or (None, None))
        self._wall = Walled(metric, self.bounds)
        first = min(_SIZES) if size is None else size
        along = (first, first) if isinstance(first, int) else first
        if len(along) != 2 or min(along) < 5:
            raise ValueError(f"size must be at least 5 along each axis; got {size}; give one number or (x, y)")
        self._lay_out(along)
        z = self._nodes()
        self._known = torch.ones(len(z), dtype=torch.bool)
        values = _entries(metric, z)
        self._check_seams(values)
        # built on another one, it may be of unlike scales on purpose
        root = root_of(metric)
        self._unit = axis_units(matrix(values if root is metric else _entries(root, self._cell_centres())))
        self._set_values(values)
        self.interpolation_error = self._error_at(self._cell_centres())
        while size is None and self.interpolation_error > _SIZES[self.size[0]] and self.size[0] < most:
            self._fill(2)
            self.interpolation_error = self._error_at(self._cell_centres())

    @torch.no_grad()
    def sharpened(self, points: Float[Tensor, "points 2"], factor: int = 2) -> "GridMetric":
        """A finer cache that was evaluated near given points only; elsewhere it is as good as this one.

        Args:
            points: Where it is to be good, e.g. points of curves; as close to each other as the finer grid's nodes.
            factor: What the step is divided by; 1 evaluates further nodes of the same grid.

        Returns:
            Its `interpolation_error` is that at the points, its 95 % quantile.
        """
        finer = copy(self)
        finer._fill(factor, points)
        generator = torch.Generator().manual_seed(0)
        finer.interpolation_error = finer._error_at(points[torch.randperm(len(points), generator=generator)[:_PROBES]])
        return finer

    def in_units(self, unit: Float[Tensor, "2"], metric: Metric) -> "GridMetric":
        """The same cache in other units of both axes.

        Args:
            unit: The new units, in the old ones; powers of two change nothing else.
            metric: The metric that is cached, in the new units.
        """
        other, unit = copy(self), unit.double().cpu()
        other.metric = metric
        (x, y), ((x_low, x_high), (y_low, y_high)) = unit.tolist(), self.bounds
        other.bounds = checked_bounds(((x_low / x, x_high / x), (y_low / y, y_high / y)))
        other._wall = Walled(metric, other.bounds)
        other._step, other._corner = self._step / unit, self._corner / unit
        weight = _products(unit)
        other._values, other._cells = self._values * weight.to(self._values), self._cells * weight.to(self._cells)
        other._unit = self._unit / unit.to(self._unit)
        return other

    @torch.no_grad()
    def _fill(self, factor: int, points: Tensor | None = None) -> None:
        """Divide the step, and evaluate the metric at the nodes near the points, or at all, that are not known."""
        coarse = [cells + 1 for cells in self._cells_along]
        fine = [factor * cells + 1 for cells in self._cells_along]
        known = torch.zeros(fine, dtype=torch.bool)
        known[::factor, ::factor] = self._known.view(coarse)
        known = known.view(-1)
        size, extra = (factor * (n - 1) + 1 for n in self.size), (factor * n for n in self._extra)
        before = copy(self)
        self._lay_out(tuple(size), tuple(extra))
        z = self._nodes()
        new = ~known if points is None else self._near(points) & ~known
        values = torch.cat([before._interpolated(part) for part in z.split(MOST_POINTS)])
        # the splines do not go through a value where they had to be made positive
        values.view(*fine, 3)[::factor, ::factor] = self._values.view(*coarse, 3)
        values[new] = _entries(self.metric, z[new])
        self._known = known | new
        self._set_values(values)

    def _lay_out(self, size: tuple[int, ...], extra: tuple[int, ...] | None = None) -> None:
        """Where the nodes are; a margin beyond the bounds is known too, so that nothing happens at the border.

        A period has a node at both ends, and no margin.
        """
        self.size = size
        along = zip(size, self._round, strict=True)
        self._extra = extra or tuple(0 if turns else math.ceil(MARGIN * (n - 1)) for n, turns in along)
        low, high = torch.tensor(self.bounds, dtype=torch.float64).T
        self._step = (high - low) / (torch.tensor(size) - 1)
        self._corner = low - self._step * torch.tensor(self._extra)
        self._cells_along = tuple(n - 1 + 2 * more for n, more in zip(size, self._extra, strict=True))

    def _nodes(self) -> Tensor:
        """All nodes, (nodes, 2), the last axis fastest."""
        x, y = (
            low + step * torch.arange(cells + 1, dtype=torch.float64)
            for low, step, cells in zip(self._corner, self._step, self._cells_along, strict=True)
        )
        return torch.stack(torch.meshgrid(x, y, indexing="ij"), -1).view(-1, 2)

    def _near(self, points: Tensor) -> Tensor:
        """Which nodes are within a few steps of a point, (nodes,) booleans."""
        shape = tuple(cells + 1 for cells in self._cells_along)
        place = self._free(points).round().long().cpu()
        place = torch.minimum(place.clamp(min=0), torch.tensor(shape) - 1)
        offsets = torch.arange(-_REACH, _REACH + 1)
        place = place[:, None] + torch.cartesian_prod(offsets, offsets)
        x, y = (
            index % cells if turns else index.clamp(0, cells)
            for index, cells, turns in zip(place.unbind(-1), self._cells_along, self._round, strict=True)
        )
        near = torch.zeros(shape, dtype=torch.bool)
        near[x, y] = True
        for axis, turns in enumerate(self._round):
            if turns:
                # both ends of a period are the same
                near.select(axis, -1).copy_(near.select(axis, 0))
        return near.view(-1)

    def _set_values(self, values: Float[Tensor, "nodes 3"]) -> None:
        """Prepare the splines."""
        self._values = values
        shape = tuple(cells + 1 for cells in self._cells_along)
        weight = _products(self._unit).to(values)
        spline = coefficients((weight * values).view(*shape, 3), self._round) / weight
        # the 16 coefficients of every cell side by side, so that evaluation reads one row
        cells = spline.unfold(0, 4, 1).unfold(1, 4, 1).permute(0, 1, 3, 4, 2)
        self._cells = cells.reshape(-1, 16, 3).contiguous()

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        return matrix(self.entries(z))

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        check_vectors("z", z, "v", v)
        g = self.entries(z)
        return g[:, 0] * v[:, 0] ** 2 + 2 * g[:, 1] * v[:, 0] * v[:, 1] + g[:, 2] * v[:, 1] ** 2

    @property
    def periods(self) -> Periods | None:
        return self.metric.periods

    @takes_arrays
    def inside(self, z: Float[Tensor, "batch latent"]) -> Tensor:
        """Which points the grid covers, (batch,) booleans."""
        return ((z >= self._wall.low.to(z)) & (z <= self._wall.high.to(z))).all(1)

    @takes_arrays
    def entries(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch 3"]:
        """G_xx, G_xy and G_yy at each point; differentiable."""
        return self._interpolated(z) * self._wall.factor(z).unsqueeze(1)

    @torch.no_grad()
    def jet(self, z: Float[Tensor, "batch latent"]) -> Jet:
        """G with its first and second derivatives at each point, for Newton's method."""
        cells, shares, covered = self._locate(z)
        x, y = ([weights(share, order) for order in range(3)] for share in shares)
        orders = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
        rows = torch.stack([(x[i].unsqueeze(2) * y[j].unsqueeze(1)).view(-1, 16) for i, j in orders], 1)
        step = self._step.to(z)
        scale = torch.stack([1 / (step[0] ** i * step[1] ** j) for i, j in orders])
        g, gx, gy, gxx, gxy, gyy = (torch.bmm(rows, cells) * scale[:, None]).unbind(1)
        if bool(self.inside(z).all()):
            return Jet(g, (gx, gy), (gxx, gxy, gyy))
        cx, cy = covered.to(z).split(1, dim=1)
        gx, gy, gxx, gxy, gyy = gx * cx, gy * cy, gxx * cx, gxy * cx * cy, gyy * cy
        s, (sx, sy), (sxx, syy) = self._wall.factor_jet(z)
        return Jet(
            s * g,
            (s * gx + sx * g, s * gy + sy * g),
            (s * gxx + 2 * sx * gx + sxx * g, s * gxy + sx * gy + sy * gx, s * gyy + 2 * sy * gy + syy * g),
        )

    def _interpolated(self, z: Tensor) -> Tensor:
        """The entries without the wall's factor."""
        cells, shares, _ = self._locate(z)
        wx, wy = (weights(share, 0) for share in shares)
        return torch.bmm((wx.unsqueeze(2) * wy.unsqueeze(1)).view(-1, 1, 16), cells).squeeze(1)

    def _locate(self, z: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor]:
        """Each point's cell coefficients, its place within the cell along both axes, and which axes are in reach."""
        check_points("z", z)
        if z.shape[1] != 2:
            raise ValueError(f"a grid metric has 2 latent dimensions; got points of {z.shape[1]}")
        cells = torch.tensor(self._cells_along, device=z.device)
        free = self._free(z)
        place = torch.minimum(free.clamp(min=0), cells.to(z))
        # a NaN has no cell, but a share of NaN in any
        cell = torch.minimum(place.detach().floor().nan_to_num().long(), cells - 1)
        share = place - cell
        row = cell[:, 0] * self._cells_along[1] + cell[:, 1]
        return self._cells.to(z).index_select(0, row), (share[:, 0], share[:, 1]), free == place

    def _free(self, z: Tensor) -> Tensor:
        """Places on the grid, in steps from its corner; within one period along a periodic coordinate."""
        free = (z - self._corner.to(z)) / self._step.to(z)
        if not any(self._round):
            return free
        cells = torch.tensor(self._cells_along).to(z)
        return torch.where(torch.tensor(self._round, device=z.device), free.remainder(cells), free)

    def _check_seams(self, values: Float[Tensor, "nodes 3"]) -> None:
        """The metric at both ends of a period, all along the seam."""
        shape = tuple(cells + 1 for cells in self._cells_along)
        for axis, turns in enumerate(self._round):
            first, last = (values.view(*shape, 3).select(axis, k) for k in (0, -1))
            change = float((last - first).abs().amax())
            if turns and change > _SEAM * float(values.abs().amax()):
                raise ValueError(
                    f"the metric is not periodic: it differs by {change / float(values.abs().amax()):.2g} of its size "
                    f"between the ends {self.bounds[axis]} of latent coordinate {axis}'s period; give its true period"
                )

    def _cell_centres(self) -> Tensor:
        """Random ones."""
        generator = torch.Generator().manual_seed(0)
        cell = [torch.randint(n - 1, (_PROBES,), generator=generator) for n in self.size]
        low = torch.tensor(self.bounds, dtype=torch.float64)[:, 0]
        return low + (torch.stack(cell, 1) + 0.5) * self._step

    def _error_at(self, z: Tensor) -> float:
        truth = _entries(self.metric, z)
        weight = _products(self._unit).to(truth)
        with torch.no_grad():
            truth, found = weight * truth, weight * self._interpolated(z)
            error = (found - truth).norm(dim=1) / truth.norm(dim=1).clamp(min=torch.finfo(z.dtype).tiny)
        return float(error.quantile(0.95))


def _products(unit: Tensor) -> Tensor:
    """By how much units of the axes change the three entries of a metric."""
    x, y = unit
    return torch.stack([x * x, x * y, y * y])


@torch.no_grad()
def _entries(metric: Metric, z: Tensor) -> Tensor:
    """The three distinct entries of G at many points; raises where the metric is not finite."""
    found = entries(in_parts(metric, metric.points_at_once, z))
    if not bool(torch.isfinite(found).all()):
        bad = z[~torch.isfinite(found).all(1)][0].tolist()
        raise NotFiniteError(
            f"the metric is not finite at {bad}; choose bounds that lie, with a tenth to spare, in its domain"
        )
    return found
