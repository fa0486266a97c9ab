"""A two-dimensional metric cached on a grid, with twice differentiable interpolation.

Each entry of G is a tensor-product cubic B-spline through the grid's values (not-a-knot ends, error O(h^4)). The
splines' coefficient matrices are made positive semi-definite where the grid is too coarse; as the basis functions are
positive, G then is positive semi-definite everywhere, not at the nodes only. Along a periodic coordinate the grid is
one period and the splines have no ends. Of a decoder's metric the grid's values come from forward passes alone, see
`latentgeo.geometry.metrics.lattice`.
"""

import math
from copy import copy
from typing import NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.arguments import check_points, check_vectors
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.balance import axis_units
from latentgeo.geometry.metrics.bicubic import coefficients, weights
from latentgeo.geometry.metrics.bounds import Bounds, checked_bounds, spanned
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.jet import Jet, entries, matrix
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import MARGIN, Walled
from latentgeo.geometry.periods import Periods
from latentgeo.progress import shows_progress

__all__ = ["GridMetric"]

# nodes along each axis, and the estimated error up to which they will do: a coarse grid is for smooth metrics only
_SIZES = {33: 1e-3, 65: 1e-3, 129: 1e-2, 257: math.inf}
# points at which the error is estimated; the power of the step that it falls with at best; and what tells nothing
# nodes beyond the bounds, at least: differences are of lower order there
_FEWEST_BEYOND = 3
_PROBES, _ORDER, _BLIND = 256, 4, 0.3
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
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Attributes:
        interpolation_error: Estimated relative error of G, its 95 % quantile over cell centres; in units in which its
            axes are of comparable scale.

    Warning:
        Beyond the bounds the cache is a walled metric, see `Walled`: outside is dear, never cheap. `inside(z)` tells
        which points are inside. A periodic coordinate has no outside.

    Raises:
        ValueError: Bounds that are not two increasing pairs, or not one period apart along a periodic coordinate; a
            size below 5; a metric that is not the same at both ends of a period.
        NotFiniteError: The metric is NaN or infinite within the bounds or 3 % of their width beyond.
    """

    @shows_progress("cache")
    def __init__(
        self,
        metric: Metric,
        bounds: Bounds | Tensor,
        size: int | tuple[int, int] | None = None,
        *,
        most: int = 257,
        progress: bool = True,
    ) -> None:
        self.metric = metric
        self.bounds = spanned(checked_bounds(bounds), metric.periods)
        x_turns, y_turns = (period is not None for period in metric.periods or (None, None))
        self._round = x_turns, y_turns
        self._wall = Walled(metric, self.bounds)
        first = min(_SIZES) if size is None else size
        along = (first, first) if isinstance(first, int) else first
        if len(along) != 2 or min(along) < 5:
            raise ValueError(f"size must be at least 5 along each axis; got {size}; give one number or (x, y)")
        self._fill((along[0], along[1]))
        while size is None and self.size[0] < most and self.interpolation_error > _SIZES[self.size[0]]:
            larger = self._next(most)
            self._fill((larger, larger))

    def __repr__(self) -> str:
        box = " x ".join(f"[{low:.4g}, {high:.4g}]" for low, high in self.bounds)
        nodes = " x ".join(map(str, self.size))
        return f"GridMetric({self.metric!r}, {box}, {nodes} nodes, error {self.interpolation_error:.1e})"

    def without_wall(self) -> "GridMetric":
        """The same cache, which just beyond the bounds is the metric itself too: for measuring, not for solving."""
        other = copy(self)
        other._wall = Walled(self.metric, ((-math.inf, math.inf), (-math.inf, math.inf)))
        return other

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
        other._spline, other._cells = self._spline * weight.to(self._spline), self._cells * weight.to(self._cells)
        other._unit = self._unit / unit.to(self._unit)
        return other

    @torch.no_grad()
    def _fill(self, size: tuple[int, int]) -> None:
        """Evaluate the metric at all nodes of a grid, and estimate the error between them.

        A margin beyond the bounds is known too, so that nothing happens at the border; a period has a node at both
        ends, and no margin.
        """
        self.size = size
        along = list(zip(size, self._round, strict=True))
        extra = torch.tensor([0 if turns else max(_FEWEST_BEYOND, math.ceil(MARGIN * (n - 1))) for n, turns in along])
        low, high = torch.tensor(self.bounds, dtype=torch.float64).T
        self._step = (high - low) / (torch.tensor(size) - 1)
        self._corner = low - self._step * extra
        self._cells_along = tuple(n - 1 + 2 * int(more) for n, more in zip(size, extra, strict=True))
        x, y = (cells + 1 for cells in self._cells_along)
        values = _checked(self.metric, lattice := Lattice(self._corner, self._step.diag(), (x, y), self._round))
        self._check_seams(values)
        centres = self._cell_centres()
        truth = _entries(self.metric, centres)
        # built on another one, it may be of unlike scales on purpose
        root = root_of(self.metric)
        self._unit = axis_units(matrix(truth if root is self.metric else _entries(root, centres)))
        weight = _products(self._unit).to(values)
        self._spline = coefficients((weight * values).view(*lattice.count, 3), self._round) / weight
        self.gather_cells()
        truth, found = weight * truth, weight * self._interpolated(centres)
        error = (found - truth).norm(dim=1) / truth.norm(dim=1).clamp(min=torch.finfo(truth.dtype).tiny)
        self.interpolation_error = float(error.quantile(0.95))

    def gather_cells(self) -> None:
        """The 16 coefficients of every cell side by side, so that evaluation reads one row."""
        cells = self._spline.unfold(0, 4, 1).unfold(1, 4, 1).permute(0, 1, 3, 4, 2)
        self._cells = cells.reshape(-1, 16, 3).contiguous()

    def _next(self, most: int) -> int:
        """The next larger size that can be good enough, or the largest there may be."""
        larger = [size for size in _SIZES if self.size[0] < size <= most] or [most]
        for size in larger if self.interpolation_error < _BLIND else ():
            if self.interpolation_error * (self.size[0] / size) ** _ORDER <= _SIZES[size]:
                return size
        return larger[-1]

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
    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """By a product along each axis of the lattice, where these are the grid's."""
        if bool(lattice.steps.fliplr().diagonal().any()):
            return super().on_lattice(lattice)
        x, y = (self._basis(axis, lattice).to(self._spline) for axis in range(2))
        values = torch.einsum("xik,yi->xyk", torch.einsum("xj,jik->xik", x, self._spline), y)
        return values.flatten(0, 1) * self._wall.factor(lattice.nodes()).unsqueeze(1)

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

    def _basis(self, axis: int, lattice: Lattice) -> Float[Tensor, "along control"]:
        """The splines' basis functions along one axis, at the places of a lattice there."""
        along = torch.zeros(lattice.count[axis], 2, dtype=lattice.origin.dtype)
        along[:, axis] = lattice.origin[axis] + torch.arange(len(along)) * lattice.steps[axis, axis]
        cells = self._cells_along[axis]
        place = self._free(along)[:, axis].clamp(0, cells)
        cell = place.floor().long().clamp(max=cells - 1)
        basis = along.new_zeros(len(along), cells + 3)
        return basis.scatter_(1, cell[:, None] + torch.arange(4), weights(place - cell, 0))

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


def _products(unit: Tensor) -> Tensor:
    """By how much units of the axes change the three entries of a metric."""
    x, y = unit
    return torch.stack([x * x, x * y, y * y])


def _checked(metric: Metric, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
    """The entries at the nodes of a lattice; raises where they are not finite."""
    found = metric.on_lattice(lattice)
    if not bool(torch.isfinite(found).all()):
        bad = lattice.nodes()[~torch.isfinite(found).all(1)]
        # differences pass what is not finite on to the nodes beside it
        _entries(metric, bad)
        _refuse(bad[0])
    return found


@torch.no_grad()
def _entries(metric: Metric, z: Tensor) -> Float[Tensor, "points 3"]:
    """The three distinct entries of G at many points; raises where the metric is not finite."""
    found = entries(in_parts(metric, metric.points_at_once, z))
    finite = torch.isfinite(found).all(1)
    if not bool(finite.all()):
        _refuse(z[~finite][0])
    return found


def _refuse(point: Tensor) -> NoReturn:
    raise NotFiniteError(
        f"the metric is not finite at {point.tolist()}; choose bounds that lie in its domain, with some space to spare"
    )
