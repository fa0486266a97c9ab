"""Where a metric is singular along curves, to the rounding that it is known with."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.metrics.balance import correlation
from latentgeo.geometry.metrics.bounds import open_bounds
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["is_singular", "singular_named"]

# of a curve, at which the metric is looked at
_SAMPLES = 8
# an eigenvalue of the correlation matrix is uncertain by some roundings for each latent dimension
_ROUNDINGS = 10
# a cache whose least eigenvalue is so many of its own errors, which are not below the other, is of no singular metric
_CLEAR, _ERROR = 10, 1e-6
# what a singular metric explains
_NAMED = (Outcome.CONVERGED, Outcome.UNCERTIFIED, Outcome.MAX_ITERATIONS, Outcome.DIVERGED, Outcome.LINE_IS_SHORTER)


@torch.no_grad()
def is_singular(metric: Metric, curve: Curve, cached: Metric | None = None) -> Bool[Tensor, "pairs"]:
    """Which curves pass where the metric is singular, or cannot be told from a singular one.

    At eight points of each curve the least eigenvalue of the metric's correlation matrix (its diagonal made 1, so that
    the units of the axes do not matter) is compared with ten roundings for each latent dimension, in the dtype of
    the decoder: 4e-15 for two dimensions in float64, 2e-6 in float32. An axis along which nothing changes counts too.

    Args:
        metric: The one that it is built on is looked at, itself and not its cache: smoothing and a cut rank make a
            metric singular on purpose.
        curve: One curve a pair.
        cached: The metric computed from a cache, if there is one: where its least eigenvalue is ten times the cache's
            error and more, the metric itself is asked in the middle of each curve alone.
    """
    grid = root_of(cached or metric)
    true = root_of(metric)
    while isinstance(true, GridMetric):
        true = root_of(true.metric)
    t = (torch.arange(_SAMPLES, dtype=curve.breaks.dtype, device=curve.breaks.device) + 0.5) / _SAMPLES
    z = curve.same_path(t).flatten(0, 1)
    unclear = torch.ones_like(z[:, 0], dtype=torch.bool)
    if isinstance(grid, GridMetric) and len(z):
        near, enough = grid(z), _CLEAR * max(grid.interpolation_error, _ERROR)
        lowest, highest = near.diagonal(dim1=1, dim2=2).aminmax(dim=1)
        low, high = z.new_tensor(open_bounds(grid.bounds, grid.periods)).T
        inside = ((z >= low) & (z <= high)).all(1)
        unclear = ~(inside & (_least(near) > enough) & (lowest > enough * highest))
        # what is thinner than the cache's cells it does not see
        unclear.view(-1, _SAMPLES)[:, _SAMPLES // 2] = True
    G = in_parts(true, metric.points_at_once, z[unclear])
    # where the metric is not finite the curve has diverged
    finite, singular = torch.ones_like(unclear), torch.zeros_like(unclear)
    finite[unclear] = torch.isfinite(G).flatten(1).all(1)
    rounding = _ROUNDINGS * z.shape[1] * torch.finfo(true.dtype or z.dtype).eps
    singular[unclear] = _least(torch.where(finite[unclear][:, None, None], G, 0.0)) <= rounding
    return singular.view(-1, _SAMPLES).any(1) & finite.view(-1, _SAMPLES).all(1)


def _least(G: Float[Tensor, "points latent latent"]) -> Float[Tensor, "points"]:
    """The least eigenvalue of each correlation matrix; NaN where the metric is not finite."""
    finite = torch.isfinite(G).flatten(1).all(1)
    least = torch.linalg.eigvalsh(correlation(torch.where(finite[:, None, None], G, 0.0))[0])[:, 0]
    return torch.where(finite, least, torch.nan)


def singular_named(metric: Metric, found: Candidate, pairs: Tensor, cached: Metric | None) -> Candidate:
    """The candidate; of these pairs those whose curves pass where the metric is singular are named so."""
    outcome = list(found.outcome)
    told = is_singular(metric, found.curve.select(pairs), cached).tolist()
    for pair, singular in zip(pairs.tolist(), told, strict=True):
        if singular and outcome[pair] in _NAMED:
            outcome[pair] = Outcome.SINGULAR_METRIC
    return replace(found, outcome=outcome)
