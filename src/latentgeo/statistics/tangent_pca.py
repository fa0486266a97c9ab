"""Principal components of latent points in the tangent space at their mean."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latentgeo.geometry.described import Described
from latentgeo.geometry.face import in_double, takes_arrays
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import shows_progress
from latentgeo.statistics.frechet import FrechetSolution, frechet_mean
from latentgeo.statistics.rays import check_weighted

__all__ = ["TangentPCA", "tangent_pca"]


@dataclass(frozen=True, repr=False)
class TangentPCA(Described):
    """Principal components at a mean.

    Attributes:
        point: (latent,), the mean.
        components: (components, latent), tangent vectors there of unit length, orthogonal under the metric: an
            `exponential` along one leads to points that differ in that component only. The largest entry is positive.
        variances: (components,), the weighted mean squares of the scores, in squared observation units, the largest
            first. With all components they add up to the mean's `objective`.
        scores: (points, components), the logarithms' coordinates, in observation units.
        outcome: That of the mean.
    """

    point: Tensor
    components: Tensor
    variances: Tensor
    scores: Tensor
    outcome: Outcome


@shows_progress("components")
@takes_arrays
def tangent_pca(
    metric: Metric,
    z: Float[Tensor, "points latent"],
    components: int | None = None,
    *,
    weights: Float[Tensor, "points"] | Integer[Tensor, "points"] | None = None,
    mean: FrechetSolution | None = None,
    progress: bool = True,
    **settings: Any,
) -> TangentPCA:
    """Tangent principal components: those of the logarithms of the points at their Frechet mean (Fletcher et al. 2004).

    The logarithms are written in an orthonormal frame of G(mean), so that a change of the latent coordinates changes
    nothing but how the components are written. Distances to the mean are kept, those between the points are not: the
    tangent space is flat. Scores are about the mean, where the logarithms' mean is zero up to its residual.

    Args:
        metric: What logarithms are taken under.
        z: The points; float64 is meant.
        components: How many; all by default, as many as there are latent dimensions.
        weights: Not negative, one for each point; equal ones by default.
        mean: What `frechet_mean` found for these points and weights, if that is known already.
        progress: Whether to show what is under way, on a terminal, after two seconds.
        settings: Further ones of `frechet_mean`.

    Raises:
        ValueError: More components than dimensions, or fewer than one; a mean of another number of points; a metric
            that is singular at the mean; points or weights as `frechet_mean` has it.
    """
    shares = check_weighted(z, weights).detach()
    latent = z.shape[1]
    count = latent if components is None else components
    if not 1 <= count <= latent:
        raise ValueError(f"components must be from 1 to the {latent} latent dimensions; got {components}")
    if mean is None:
        mean = frechet_mean(metric, z, weights, **settings)
    elif settings:
        raise ValueError(f"mean: the settings {sorted(settings)} are those of frechet_mean; give them, or its solution")
    if mean.logarithms.shape != z.shape:
        raise ValueError(
            f"mean must be that of the points z, {tuple(z.shape)}; it is of {tuple(mean.logarithms.shape)}"
        )
    return _components(metric, mean.point.detach(), mean.logarithms, shares.to(mean.logarithms), count, mean.outcome)


@in_double
@torch.no_grad()
def _components(
    metric: Metric, point: Tensor, logarithms: Tensor, weights: Tensor, count: int, outcome: Outcome
) -> TangentPCA:
    lower, info = torch.linalg.cholesky_ex(metric(point.to(logarithms)[None])[0])
    if bool(info):
        raise ValueError(f"metric: expected one that is not singular at the mean, {point.tolist()}; it is")
    # y = L^T v has the norm of v under G = L L^T
    y = logarithms @ lower
    # of R, which is no larger than the latent space, however many the points
    axes = torch.linalg.svd(torch.linalg.qr(weights.sqrt()[:, None] * y, mode="r").R).Vh[:count]
    vectors = torch.linalg.solve_triangular(lower.T, axes.T, upper=True).T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    sign = torch.where(largest < 0, -1.0, 1.0)
    scores = y @ (sign * axes).T
    return TangentPCA(point, sign * vectors, weights @ scores.square(), scores, outcome)
