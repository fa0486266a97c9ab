"""Densities of latent points by kernels of geodesic distance."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from torch import Tensor

from latentgeo.geometry.arguments import check_finite, check_points
from latentgeo.geometry.calculus.curvature import gaussian_curvature
from latentgeo.geometry.described import Described
from latentgeo.geometry.distances.arcs import arc_lengths
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric, magnification_factor
from latentgeo.geometry.periods import nearest_image
from latentgeo.progress import shows_progress, tell
from latentgeo.statistics.fields import Fields, in_even_units
from latentgeo.statistics.rays import check_weighted

__all__ = ["KernelDensity", "Kernels", "kernel_density"]

# points nearer than so many steps of the mesh are joined by an arc; up to so many, where that is shorter
_NEAR, _CLOSE = 6.0, 10.0
# pairs of which arcs, or curvatures, are found together; sources of fields that are held out, at most
_PAIRS, _HELD_OUT = 200_000, 512
# bandwidths that are tried, from this share of the least distance's median to this share of the mean distance
_TRIED, _LEAST, _MOST = 48, 0.25, 1.0
# of pi: a chord's length over the radius of curvature from where on its volume density is no more trusted
_CONJUGATE = 0.9
# pairs whose distances are held against geodesics, and up to so many bandwidths
_CHECKED, _WITHIN = 64, 3.0


@dataclass(frozen=True, repr=False)
class KernelDensity(Described):
    """A density at latent points.

    Attributes:
        density: (at,), with respect to the metric's volume, in inverse squared observation units.
        latent_density: (at,), the same in latent units: times the magnification factor.
        bandwidth: Standard deviation of the kernel, in observation units.
        held_out: Mean logarithm of the density at points that the other points have, for that bandwidth.
        error: Estimated relative error of distances: the 95 % quantile of the difference from geodesics between 64
            pairs that are at most three bandwidths apart; NaN where there is no such pair.
    """

    density: Tensor
    latent_density: Tensor
    bandwidth: float
    held_out: float
    error: float


@shows_progress("density")
@takes_arrays
@torch.no_grad()
def kernel_density(
    metric: Metric,
    z: Float[Tensor, "points 2"],
    at: Float[Tensor, "at 2"],
    bandwidth: float | None = None,
    *,
    weights: Float[Tensor, "points"] | None = None,
    grid: GridMetric | None = None,
    size: int = 129,
    progress: bool = True,
) -> KernelDensity:
    """The density of latent points by Gaussian kernels of the geodesic distance (Pelletier 2005).

    f(x) = sum over points of w exp(-d^2 / 2 h^2) / (2 pi h^2 theta), theta the volume density of the normal coordinates
    around the point: each kernel then integrates to one, as far as geodesics from its point are the shortest and
    within the cache. Distances are by fields (see `distance_field`), near to a point by arcs; theta is that of constant
    curvature, the mean of the curvature along the straight line with the weights that the Jacobi equation gives it.

    Args:
        metric: With two latent dimensions.
        z: The points; float64 is meant. The result is on the CPU.
        at: Where the density is asked for.
        bandwidth: h, in observation units; by default that whose densities at points, by all others, have the greatest
            mean logarithm. Of more than 512 points, 512 are held out in turn.
        weights: Not negative, one for each point; equal ones by default.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
        size: Nodes of the fields' mesh along each axis; a bandwidth should be several of its steps.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        theta is exact where the curvature is constant, and else good to third order in the bandwidth. At nodes where
        the metric is singular, its curvature is none and counts as zero.

    Raises:
        ValueError: Other than two latent dimensions; fewer than two points of positive weight; points, or weights, as
            `frechet_mean` has it; a bandwidth that is not positive.
    """
    shares = check_weighted(z, weights).detach().cpu().double()
    check_points("at", at, 2)
    check_finite("at", at, "point")
    if z.shape[1] != 2:
        raise ValueError(f"z must be (points, 2): distances are by fields in the plane; got {tuple(z.shape)}")
    if int((shares > 0).sum()) < 2:
        raise ValueError("z must have two points of positive weight at least; got fewer")
    if bandwidth is not None and not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth must be positive and finite, in observation units; got {bandwidth}")
    like = z
    z, at = z.detach().cpu().double(), at.detach().cpu().double()
    everything = torch.cat([z, at])
    if grid is None and cache_of(metric) is None:
        grid = GridMetric(root_of(metric), bounding_box(everything, periods=metric.periods))
    seen, points, cache, _ = in_even_units(metric, everything, grid)
    points, asked = points.split([len(z), len(at)])
    among = Kernels(seen, points, cache, size)
    alive = (shares > 0).nonzero().squeeze(1)
    held = alive[torch.linspace(0, len(alive) - 1, min(_HELD_OUT, len(alive))).round().long()].unique()
    squared, theta = among.to(points[held])
    h = float(bandwidth) if bandwidth is not None else _best_bandwidth(squared, theta, shares, held)
    held_out = float(_held_out(h, squared, theta, shares, held))
    error = among.error(points[held], squared, _WITHIN * h)
    density = _log_density(among, asked, h, shares).exp()
    factor = magnification_factor(metric(at.to(like.dtype))).double() if len(at) else density
    return KernelDensity(density.to(like.dtype), (density * factor).to(like.dtype), h, held_out, error)


class Kernels:
    """Distances to some points, and the volume density of normal coordinates.

    Args:
        metric: In even units.
        z: The points.
        grid: A cache of the metric, or None.
        size: Nodes of the mesh along each axis.
    """

    def __init__(self, metric: Metric, z: Tensor, grid: GridMetric | None, size: int) -> None:
        self.fields, self.z, self.size = Fields(metric, z, grid, size), z, size
        self.metric, self.mesh = self.fields.metric, self.fields.mesh
        bend = gaussian_curvature(self.metric, self.mesh.nodes.view(-1, 2))
        # NaN where the metric is singular
        self._bend = torch.nan_to_num(bend).view(self.mesh.nodes.shape[:2])

    def to(self, sources: Tensor) -> tuple[Tensor, Tensor]:
        """Squared distances (sources, points), and theta."""
        squared = self.fields.squared(sources)
        theta = torch.ones_like(squared)
        rows = max(1, _PAIRS // len(self.z))
        for part in torch.arange(len(sources)).split(rows):
            start = sources[part].repeat_interleave(len(self.z), 0)
            end = nearest_image(start, self.z.repeat(len(part), 1), self.metric.periods)
            steps = ((end - start) / self.mesh.step).norm(dim=1)
            flat = squared[part].flatten()
            close = (steps < _CLOSE).nonzero().squeeze(1)
            arc = arc_lengths(self.metric, start[close], end[close]).to(flat).square()
            flat[close] = torch.where(steps[close] < _NEAR, arc, torch.minimum(arc, flat[close]))
            squared[part] = flat.view(len(part), -1)
            theta[part] = _volume_density(self._along(start, end) * flat).view(len(part), -1)
        return squared, theta

    def _along(self, z0: Tensor, z1: Tensor) -> Tensor:
        """The mean curvature along lines, by weights t (1 - t): what a Jacobi field feels, to first order."""
        half = 1 / math.sqrt(20)
        return sum((self._curvature(torch.lerp(z0, z1, 0.5 + side * half)) for side in (-1, 1)), torch.zeros(())) / 2

    def _curvature(self, z: Tensor) -> Tensor:
        """Bilinear between the nodes."""
        count = torch.tensor(self._bend.shape)
        turns = torch.tensor([period is not None for period in self.metric.periods or (None, None)])
        free = (z - self.mesh.nodes[0, 0]) / self.mesh.step
        free = torch.where(turns, free.remainder(count.to(free)), torch.minimum(free.clamp(min=0), count.to(free) - 1))
        low = torch.where(turns, free.floor().long(), torch.minimum(free.floor().long(), count - 2))
        x, y = (free - low).T
        (i, j), (k, m) = low.T, ((low + 1) % count).T
        left = torch.lerp(self._bend[i, j], self._bend[i, m], y)
        right = torch.lerp(self._bend[k, j], self._bend[k, m], y)
        return torch.lerp(left, right, x)

    def error(self, sources: Tensor, squared: Tensor, within: float) -> float:
        """Of distances up to so much, relative to geodesics."""
        pairs = ((squared > 0) & (squared < within**2)).nonzero()
        if not len(pairs):
            return float("nan")
        i, j = pairs[torch.linspace(0, len(pairs) - 1, min(_CHECKED, len(pairs))).round().long()].T
        apart = (sources[i] != self.z[j]).any(1)
        if not bool(apart.any()):
            return float("nan")
        i, j = i[apart], j[apart]
        truth = geodesic(self.metric, sources[i], self.z[j]).length
        return float((squared[i, j].sqrt() / truth - 1).abs().quantile(0.95))


def _log_density(among: Kernels, at: Tensor, h: float, weights: Tensor) -> Tensor:
    """The logarithm of the density, by fields of whichever are fewer: the points, or those that are asked for."""
    found = torch.full((len(at),), -math.inf, dtype=at.dtype)
    fewer = len(at) <= len(among.z)
    fields = among if fewer else Kernels(among.metric, at, None, among.size)
    sources = at if fewer else among.z
    for begin in range(0, len(sources), _HELD_OUT):
        tell(f"{begin} of {len(sources)} fields")
        part = slice(begin, begin + _HELD_OUT)
        squared, theta = fields.to(sources[part])
        if fewer:
            found[part] = _sum(h, squared, theta, weights)
        else:
            found = torch.logaddexp(found, _sum(h, squared.T, theta.T, weights[part]))
    return found


def _volume_density(bent: Tensor) -> Tensor:
    """sin(r) / r of r^2 = K d^2, sinh where that is negative."""
    r = bent.abs().sqrt()
    positive = torch.sinc(r.clamp(max=_CONJUGATE * math.pi) / math.pi)
    negative = torch.where(r > 0, torch.sinh(r.clamp(max=50.0)) / r, 1.0)
    return torch.where(bent > 0, positive, negative)


def _sum(h: float, squared: Tensor, theta: Tensor, weights: Tensor) -> Tensor:
    """The logarithm of the density at sources."""
    parts = weights.log() - squared / (2 * h * h) - theta.log()
    return torch.logsumexp(parts, 1) - math.log(2 * math.pi * h * h)


def _held_out(h: float, squared: Tensor, theta: Tensor, weights: Tensor, held: Tensor) -> Tensor:
    """The weighted mean of the logarithms of the densities that the others have at points."""
    others = weights.expand(len(held), -1).scatter(1, held[:, None], 0.0)
    found = _sum(h, squared, theta, others / others.sum(1, keepdim=True))
    return (weights[held] * found).sum() / weights[held].sum()


def _best_bandwidth(squared: Tensor, theta: Tensor, weights: Tensor, held: Tensor) -> float:
    """That of the greatest mean."""
    apart = squared.scatter(1, held[:, None], math.inf)
    least = float(apart.amin(1).sqrt().median())
    most = float(squared.mean().sqrt())
    if not most > 0:
        raise ValueError("z: a bandwidth is found by distances, and all points are the same; give bandwidth")
    tried = torch.logspace(
        math.log10(_LEAST * max(least, 1e-3 * most)), math.log10(_MOST * most), _TRIED, dtype=torch.float64
    ).tolist()
    found = [float(_held_out(h, squared, theta, weights, held)) for h in tried]
    best = max(range(_TRIED), key=found.__getitem__)
    low, high = tried[max(best - 1, 0)], tried[min(best + 1, _TRIED - 1)]
    refined: Any = minimize_scalar(
        lambda log: -float(_held_out(math.exp(log), squared, theta, weights, held)),
        bounds=(math.log(low), math.log(high)),
        method="bounded",
    )
    return math.exp(refined.x)
