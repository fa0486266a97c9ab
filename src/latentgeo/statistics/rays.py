"""Geodesics from one latent point to many others, and how their lengths change as the point moves.

The derivative of a length is that of the curve dragged along: dL / dp along c + (1 - t) dp, metric and all. Of a curve
that is stationary among the splines it is exact to second order in what the splines miss, where the initial velocity,
which gives the same by the first variation, is so to first order: 1e-8 and 1e-4 on the sphere.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.curves.curve import Curve, Patched
from latentgeo.geometry.functionals import length
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Outcome, Solver
from latentgeo.geometry.solvers.spline_curve import SplineCurve
from latentgeo.statistics.dragged import Dragged, dragged

__all__ = ["Caster", "Rays", "check_inside", "check_weighted", "divided"]

# of curves without a cache; on one they are found to better than their own tolerance
_TOLERANCE = 1e-8
# pieces of a curve that its length is differentiated in, and points that are so together
_PIECES, _AT_ONCE = 32, 131_072
# a curve found from nothing replaces one that was dragged along if it is shorter by more than this share
_SHORTER = 1e-5


@dataclass(frozen=True)
class Rays:
    """Geodesics from a latent point.

    Attributes:
        point: p, (latent,).
        length: (points,), distances from p.
        slope: (points, latent), the derivative of half the squared distances in p: -G(p) log_p(z).
        outcome: One a point.
        curve: From p to the points.
    """

    point: Tensor
    length: Tensor
    slope: Tensor
    outcome: list[Outcome]
    curve: Curve


class Caster:
    """Finds rays to any of some latent points, all under one metric.

    Args:
        metric: The metric.
        z: The points.
        solver: Of `geodesic`, under the metric itself; None for splines, on a cache in two latent dimensions.
        grid: A cache of the metric, or None.

    Attributes:
        metric: What is measured under: computed from the cache, if there is one.
        exact: Whether that is the metric that was given.
    """

    def __init__(self, metric: Metric, z: Tensor, solver: Solver | None, grid: GridMetric | None) -> None:
        plane = z.shape[1] == 2
        if grid is not None and not plane:
            raise ValueError(f"a grid serves two latent dimensions; z has {z.shape[1]}")
        if metric.piecewise_linear and not plane:
            raise ValueError(
                "metric: expected one that is differentiable in z; that of a piecewise linear decoder is not, but for "
                "its cache in two latent dimensions; train the decoder with a smooth activation, such as tanh or SiLU"
            )
        present = grid or cache_of(metric)
        box = bounding_box(z, periods=metric.periods) if plane and present is None else None
        fast = cached(metric, z, grid, box) if plane else metric
        self.metric = fast if solver is None else metric
        self.exact = self.metric is metric
        self.grid = cache_of(fast)
        self.solver = solver or (SplineCurve() if plane else SplineCurve(tolerance=_TOLERANCE))
        self.data = None if plane else z
        check_inside(self.grid, z)

    def allows(self, p: Float[Tensor, "latent"]) -> bool:
        """Whether rays may leave from there."""
        return bool(torch.isfinite(p).all()) and (self.grid is None or bool(self.grid.inside(p[None]).all()))

    def cast(self, p: Float[Tensor, "latent"], z: Tensor, near: Rays | None = None, back: Tensor | None = None) -> Rays:
        """Rays from p to points.

        None is longer than the ray nearby as it is dragged along, which the search begins with (see `geodesic`): where
        that ends in a longer valley, the dragged curve stays, and its outcome says that it has not come to rest. So
        lengths change little if p does.

        Args:
            p: Where from.
            z: The points.
            near: Rays from a point nearby to begin with.
            back: How far the points have moved since, (points, latent); not at all by default.
        """
        z0, start = p.expand_as(z).contiguous(), None
        if near is not None:
            start = dragged(near.curve.same_path, z0 - near.point, torch.zeros_like(z) if back is None else back)
        return replace(self.between(z0, z, start), point=p)

    def between(self, z0: Tensor, z1: Tensor, start: Curve | None = None) -> Rays:
        """Rays that leave a point each; their `point` is (points, latent).

        Args:
            z0: Where from.
            z1: Where to.
            start: Curves to begin with.
        """
        found = geodesic(self.metric, z0, z1, self.solver, data=self.data, grid=self.grid, start=start)
        lengths, slope = self._slopes(found.curve.same_path, z1)
        return Rays(z0, lengths, slope, found.outcome, found.curve)

    def recast(self, rays: Rays, z: Tensor) -> tuple[Rays, bool]:
        """The shorter of the rays and of others that begin with nothing, and whether any of these is shorter."""
        fresh = self.cast(rays.point, z)
        won = fresh.length < rays.length * (1 - _SHORTER)
        return (_exchanged(rays, fresh, won), True) if bool(won.any()) else (rays, False)

    def tensor(self, p: Float[Tensor, "latent"]) -> Float[Tensor, "latent latent"]:
        """G at a point."""
        return self.metric(p[None])[0].detach()

    def _slopes(self, path: Curve, z: Tensor) -> tuple[Tensor, Tensor]:
        """Lengths, and the derivatives of half their squares as the start moves."""
        count = len(z)
        nodes = 7 * max(_PIECES, path.breaks.shape[-1])
        most = max(1, min(_AT_ONCE, 8 * self.metric.points_at_once) // nodes)
        lengths, slopes = [], []
        for index in torch.arange(count, device=z.device).split(most):
            moved = z.new_zeros(len(index), z.shape[1], requires_grad=True)
            with torch.enable_grad():
                found = length(self.metric, Dragged(path.select(index), moved, torch.zeros_like(moved)), _PIECES)
                slopes.append(torch.autograd.grad((found.square() / 2).sum(), moved)[0])
            lengths.append(found.detach())
        return torch.cat(lengths), torch.cat(slopes)


def _exchanged(rays: Rays, others: Rays, won: Tensor) -> Rays:
    """The rays; to the points where they have won, the others."""
    if not bool(won.any()):
        return rays
    number = torch.where(won, torch.arange(len(won), device=won.device), -1)
    outcome = [new if better else old for new, old, better in zip(others.outcome, rays.outcome, won, strict=True)]
    return Rays(
        rays.point,
        torch.where(won, others.length, rays.length),
        torch.where(won[:, None], others.slope, rays.slope),
        outcome,
        Patched(rays.curve, others.curve, number),
    )


def check_inside(grid: GridMetric | None, z: Tensor) -> None:
    """Raises: ValueError if a point is outside the grid, where there is one."""
    if grid is None:
        return
    outside = ~grid.inside(z)
    if bool(outside.any()):
        first = int(outside.nonzero()[0])
        raise ValueError(
            f"z: point {first}, {z[first].tolist()}, is outside the grid's bounds {grid.bounds}; make the "
            "grid with wider bounds"
        )


def divided(vector: Float[Tensor, "*batch latent"], G: Float[Tensor, "latent latent"]) -> Tensor:
    """G^-1 v; nothing along directions in which G is singular."""
    return vector @ torch.linalg.pinv(G, hermitian=True)


def check_weighted(z: Tensor, weights: Tensor | None) -> Tensor:
    """Weights of points that add up to one.

    Raises:
        ValueError: No points, or weights that are not one for each of them, negative, not finite, or all zero.
    """
    check_points("z", z)
    check_finite("z", z, "point")
    if not len(z):
        raise ValueError("z must have at least one point; got none")
    if weights is None:
        return z.new_full((len(z),), 1 / len(z))
    if weights.shape != (len(z),):
        raise ValueError(f"weights must be one for each of the {len(z)} points of z; got {tuple(weights.shape)}")
    weights = weights.to(z)
    seen = weights.detach()
    bad = ~(torch.isfinite(seen) & (seen >= 0))
    if bool(bad.any()):
        first = int(bad.nonzero()[0])
        raise ValueError(f"weights must be finite and not negative; that of point {first} is {float(seen[first])}")
    if not bool(seen.sum() > 0):
        raise ValueError("weights must not be zero for all points; leave them out for equal ones")
    return weights / weights.sum()
