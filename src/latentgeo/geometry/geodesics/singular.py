"""Where a metric is singular along curves, to the rounding that it is known with."""

from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor

from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.curves.curve import Curve
from latentgeo.geometry.metrics.balance import correlation
from latentgeo.geometry.metrics.built_on import root_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["is_singular", "singular_named"]

# of a curve, at which the metric is looked at
_SAMPLES = 8
# an eigenvalue of the correlation matrix is uncertain by some roundings for each latent dimension
_ROUNDINGS = 10
# what a singular metric explains
_NAMED = (Outcome.CONVERGED, Outcome.UNCERTIFIED, Outcome.MAX_ITERATIONS, Outcome.DIVERGED, Outcome.LINE_IS_SHORTER)


@torch.no_grad()
def is_singular(metric: Metric, curve: Curve) -> Bool[Tensor, "pairs"]:
    """Which curves pass where the metric is singular, or cannot be told from a singular one.

    At eight points of each curve the least eigenvalue of the metric's correlation matrix (its diagonal made 1, so that
    the units of the axes do not matter) is compared with ten roundings for each latent dimension, in the dtype of
    the decoder: 4e-15 for two dimensions in float64, 2e-6 in float32. An axis along which nothing changes counts too.

    Args:
        metric: The one that it is built on is looked at, itself and not its cache: smoothing and a cut rank make a
            metric singular on purpose.
        curve: One curve a pair.
    """
    true = root_of(metric)
    while isinstance(true, GridMetric):
        true = root_of(true.metric)
    t = (torch.arange(_SAMPLES, dtype=curve.breaks.dtype, device=curve.breaks.device) + 0.5) / _SAMPLES
    z = curve.same_path(t)
    G = in_parts(true, metric.points_at_once, z.flatten(0, 1))
    rounding = _ROUNDINGS * z.shape[2] * torch.finfo(true.dtype or z.dtype).eps
    # where the metric is not finite the curve has diverged
    finite = torch.isfinite(G).flatten(1).all(1)
    least = torch.linalg.eigvalsh(correlation(torch.where(finite[:, None, None], G, 0.0))[0])[:, 0]
    return (least <= rounding).view(z.shape[:2]).any(1) & finite.view(z.shape[:2]).all(1)


def singular_named(metric: Metric, found: Candidate, pairs: Tensor) -> Candidate:
    """The candidate; of these pairs those whose curves pass where the metric is singular are named so."""
    outcome = list(found.outcome)
    for pair, singular in zip(pairs.tolist(), is_singular(metric, found.curve.select(pairs)).tolist(), strict=True):
        if singular and outcome[pair] in _NAMED:
            outcome[pair] = Outcome.SINGULAR_METRIC
    return replace(found, outcome=outcome)
