"""The locally adaptive normal distribution: a normal law whose contours follow the metric."""

from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import shows_progress
from latentgeo.statistics.land_in_plane import most_likely_in_plane
from latentgeo.statistics.land_in_space import most_likely_in_space
from latentgeo.statistics.land_record import LocallyAdaptiveNormal
from latentgeo.statistics.moments import spread_out
from latentgeo.statistics.rays import check_weighted

__all__ = ["locally_adaptive_normal"]


@shows_progress("normal")
@takes_arrays
@torch.no_grad()
def locally_adaptive_normal(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    *,
    start: Float[Tensor, "latent"] | None = None,
    method: Literal["field", "geodesic"] | None = None,
    grid: GridMetric | None = None,
    size: int = 129,
    tolerance: float = 1e-3,
    max_iterations: int = 50,
    throw: bool = False,
    progress: bool = True,
) -> LocallyAdaptiveNormal:
    """The most likely locally adaptive normal distribution of latent points (Arvanitidis, Hansen and Hauberg 2016).

    Its density is exp(-log_mu(z)^T Sigma^-1 log_mu(z) / 2) / C with respect to the metric's volume, log_mu the
    logarithm at the mean: along geodesics it falls as a normal one does. In two dimensions it is a law on the cache's
    box, over which C is an integral.

    For any mean the most likely Sigma is that whose second moments, under the law, are the data's, which is exact here
    where the paper follows a gradient. The mean itself is found by Newton's steps on what then remains. In flat space
    all of this is the mean and the covariance of the points, divided by their number.

    In two dimensions there are two ways to find logarithms; how the likelihood changes with the mean is told by a ring
    of points a fifth of a standard deviation away, or less where none of these is better. `field`: the derivative of
    half the squared distance in the mean, by fields of six points around it, and as long as the distance; C is a sum
    over the mesh. It costs the same for 10 points and for 10,000; means are known to a per cent or two of a standard
    deviation, Sigma to some per cent. `geodesic`, from where fields end: logarithms are solved for, eight times a step,
    and C is an integral along 64 geodesics that leave the mean, up to where each is the shortest. It is good to a
    thousandth where the metric is smooth on the scale of the law, and fails where it is rough, as that of a trained
    decoder may be: `normaliser_error` tells.

    In any other number of dimensions there is `geodesic` alone, under the metric itself: one geodesic a point and step,
    and 256 or more that leave the mean with their Jacobi fields, which tell both volume and the likelihood's derivative
    where the paper draws and takes logarithms to move as in flat space.

    Args:
        metric: Twice differentiable in other than two latent dimensions.
        z: The points; float64 is meant. In two dimensions the result is on the CPU.
        weights: Not negative, one for each point; equal ones by default.
        start: A first mean; by default about the Frechet mean.
        method: How to find logarithms, and to integrate; by default `field` in two dimensions.
        grid: In two dimensions, a `GridMetric` of `metric`, or of the metric that this is built on: saves making one.
            The box around the points, widened by half of its longer side, is cached otherwise.
        size: Nodes of the fields' mesh along each axis; a standard deviation should be several of its steps.
        tolerance: Greatest residual.
        max_iterations: Steps.
        throw: Raise unless it converged, `uncertified` included.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Warning:
        What is beyond the cache's box has no density: where the law would reach farther, it is cut off.

    Raises:
        ValueError: Points of positive weight that are all in one hyperplane; points or weights as `frechet_mean` has
            it; a start outside the cache's bounds; fields, or a grid, in other than two dimensions.
        DecoderError: The decoder is piecewise linear, in other than two dimensions.
        GeodesicError: With `throw`, it did not converge; or there is no law around the mean, as no geodesic leaves it.
    """
    shares = check_weighted(z, weights).detach()
    latent = z.shape[1]
    if method not in (None, "field", "geodesic"):
        raise ValueError(f"method must be 'field' or 'geodesic'; got {method!r}")
    if latent != 2 and (method == "field" or grid is not None):
        raise ValueError(f"fields and a grid serve two latent dimensions; z has {latent}: leave method and grid out")
    if not spread_out(z.detach(), shares):
        raise ValueError(
            f"z must have {latent + 1} points of positive weight that are not in one hyperplane; got fewer"
        )
    points, limits = z.detach(), (tolerance, max_iterations)
    if latent == 2:
        way = method or "field"
        found = most_likely_in_plane(metric, points.cpu(), shares.cpu(), start, way, grid, size, *limits)
    else:
        found = most_likely_in_space(metric, points, shares, start, *limits)
    if throw and found.outcome not in (Outcome.CONVERGED, Outcome.UNCERTIFIED):
        raise GeodesicError(
            f"the normal did not converge: {found.outcome.value}, residual {float(found.residual):.3g} after "
            f"{found.iterations} steps"
        )
    return found
