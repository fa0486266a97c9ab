"""Metrics, curves and grids in other latent units, for what is measured in them: see `balance`.

`balanced` chooses the units by the metric at given points; None says that the present ones will do. Units of the axes
are powers of two, so that going there and back is exact. Solvers see the problem in balanced units only.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.metrics.balance import COMPARABLE, axis_units, round_units
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.chords import Chords
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.jet import Jet, entries, matrix
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["CurveInUnits", "MetricInUnits", "Units", "balanced", "in_units"]

# numbers of all metric tensors that units are chosen by, and how many these are at least and at most
_NUMBERS, _FEWEST, _MOST = 4096, 16, 128


class Units:
    """Other latent coordinates y of the latent points z = A y.

    Args:
        unit: A, (latent, latent): its columns are the new units, in the old ones.
        inverse: Its inverse.
        axes: Whether the axes stay, so that a box is a box in both.

    Attributes:
        back: The old units in the new.
    """

    def __init__(self, unit: Tensor, inverse: Tensor, axes: bool, back: "Units | None" = None) -> None:
        self.unit, self.axes = unit, axes
        self.back = Units(inverse, unit, axes, self) if back is None else back

    @staticmethod
    def same(like: Tensor) -> "Units":
        """Those that points (points, latent) have."""
        one = torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
        return Units(one, one, axes=True)

    def times(self, factor: float) -> "Units":
        """Units that many times as large; a power of two changes nothing else."""
        return Units(self.unit * factor, self.back.unit / factor, self.axes)

    def old(self, y: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch latent"]:
        """Points, or vectors, in the old units."""
        return y * self.unit.diagonal().to(y) if self.axes else y @ self.unit.T.to(y)

    def new(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch latent"]:
        """Points, or vectors, in the new units."""
        return self.back.old(z)

    def bounds(self, bounds: Bounds) -> Bounds:
        """A box in the new units; the axes have to stay."""
        (x_low, x_high), (y_low, y_high) = self.new(torch.tensor(bounds, dtype=torch.float64).T).T.tolist()
        return (x_low, x_high), (y_low, y_high)

    def grid(self, grid: GridMetric, metric: Metric, renewed: Metric) -> GridMetric:
        """A cache in the new units.

        Args:
            grid: The cache; the axes have to stay.
            metric: What it serves: the metric that it caches, or one that is built on that.
            renewed: The same metric in the new units.
        """
        if cache_of(metric) is grid:
            # not a second one, which would be that of another metric
            return cache_of(renewed) or grid
        inner, outer = metric, renewed
        while inner is not grid.metric and inner.base is not None and outer.base is not None:
            inner, outer = inner.base, outer.base
        return grid.in_units(self.unit.diagonal(), outer if inner is grid.metric else in_units(grid.metric, self))

    def curve(self, curve: Curve, ends: tuple[Tensor, Tensor]) -> Curve:
        """A curve of the new units in the old ones, between end points in these."""
        return CurveInUnits(curve, self, ends)


@torch.no_grad()
def balanced(
    metric: Metric, points: Float[Tensor, "points latent"], *, axes: bool = False, comparable: float = COMPARABLE
) -> Units | None:
    """Units in which the metric's axes have comparable scales, and no direction across them is thin; None if it is so.

    None as well where a coordinate is periodic: periods are in the caller's units. The scales are those of the metric
    that this one is built on: smoothing makes small ones smaller on purpose.

    Args:
        metric: Looked at in some of the points, spread evenly.
        points: In latent space.
        axes: Whether the axes have to stay: directions across them then may be thin.
        comparable: Scales that differ by a smaller factor are left as they are.
    """
    latent = points.shape[1]
    count = max(_FEWEST, min(_MOST, _NUMBERS // latent**2))
    if not len(points) or latent == 1 or metric.periods is not None:
        return None
    at = torch.linspace(0, len(points) - 1, min(count, len(points)), device=points.device).round().long()
    G = root_of(metric)(points[at]).detach()
    unit = axis_units(G, comparable)
    across = None if axes else round_units(unit[:, None] * G * unit, comparable)
    if across is not None:
        unit = unit[:, None] * across
        return Units(unit, torch.linalg.inv(unit.double()).to(unit), axes=False)
    return None if bool((unit == 1).all()) else Units(unit.diag(), (1 / unit).diag(), axes=True)


def in_units(metric: Metric, units: Units) -> Metric:
    """The metric of the same curves in new units."""
    if isinstance(metric, MetricInUnits) and metric.units is units.back:
        return metric.metric
    if isinstance(metric, GridMetric) and units.axes:
        return metric.in_units(units.unit.diagonal(), in_units(metric.metric, units))
    return MetricInUnits(metric, units)


class MetricInUnits(Metric):
    """G'(y) = A^T G(A y) A, which measures the curve y(t) as G measures the curve A y(t).

    Args:
        metric: G, of the old units.
        units: The new ones.
    """

    def __init__(self, metric: Metric, units: Units) -> None:
        self.metric, self.units = metric, units
        self._base = None if metric.base is None else in_units(metric.base, units)

    def __call__(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch latent latent"]:
        A = self.units.unit.to(z)
        return A.T @ self.metric(self.units.old(z)) @ A

    def squared_speed(
        self, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
    ) -> Float[Tensor, "batch"]:
        return self.metric.squared_speed(self.units.old(z), self.units.old(v))

    def over(self, base: Metric) -> "MetricInUnits":
        return MetricInUnits(self.metric.over(in_units(base, self.units.back)), self.units)

    def jet(self, z: Float[Tensor, "batch 2"]) -> Jet:
        """By the chain rule."""
        inner, A = self.metric.jet(self.units.old(z)), self.units.unit.to(z)
        value = self._turned(inner.value)
        x, y = (self._turned(slope) for slope in inner.first)
        xx, xy, yy = (self._turned(bend) for bend in inner.second)

        def along(i: int, j: int) -> Tensor:
            cross = A[0, i] * A[1, j] + A[1, i] * A[0, j]
            return A[0, i] * A[0, j] * xx + cross * xy + A[1, i] * A[1, j] * yy

        first = (A[0, 0] * x + A[1, 0] * y, A[0, 1] * x + A[1, 1] * y)
        return Jet(value, first, (along(0, 0), along(0, 1), along(1, 1)))

    def on_lattice(self, lattice: Lattice) -> Float[Tensor, "nodes 3"]:
        """That of the same points in the old units."""
        return self._turned(self.metric.on_lattice(lattice.mapped(self.units.unit)))

    def chords(self) -> Chords | None:
        inner, A, old = self.metric.chords(), self.units.unit, self.units.old
        if inner is None or inner.factor is not None:
            return None
        return Chords(
            lambda y: inner.observe(old(y)),
            lambda y: torch.einsum("ij,ibo->jbo", A.to(y), inner.jacobian(old(y))),
            lambda y, v: inner.along(old(y), old(v)),
        )

    @property
    def base(self) -> Metric | None:
        """That of the metric inside, in the new units."""
        return self._base

    @property
    def dtype(self) -> torch.dtype | None:
        return self.metric.dtype

    @property
    def piecewise_linear(self) -> bool:
        return self.metric.piecewise_linear

    @property
    def points_at_once(self) -> int:
        return self.metric.points_at_once

    def _turned(self, three: Tensor) -> Tensor:
        """A^T M A of the symmetric matrices M with these three entries."""
        A = self.units.unit.to(three)
        return entries(A.T @ matrix(three) @ A)


class CurveInUnits(Curve):
    """Curves in the new units as curves in the old ones; the ends are met exactly."""

    def __init__(self, curve: Curve, units: Units, ends: tuple[Tensor, Tensor]) -> None:
        self.curve, self.units, self.ends = curve, units, ends

    @property
    def breaks(self) -> Tensor:
        return self.curve.breaks

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        points, at = self.units.old(self.curve(t)), t.unsqueeze(-1)
        points = torch.where(at == 0, self.ends[0][:, None], points)
        return torch.where(at == 1, self.ends[1][:, None], points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self.units.old(self.curve.derivative(t))

    def select(self, index: Tensor) -> "CurveInUnits":
        return CurveInUnits(self.curve.select(index), self.units, (self.ends[0][index], self.ends[1][index]))

    @property
    def same_path(self) -> Curve:
        return CurveInUnits(self.curve.same_path, self.units, self.ends)
