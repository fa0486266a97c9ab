"""What a metric is made of, as far as a page can make it anew: a factor times the smoothed metric of a lattice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.rbf_precision import RBFPrecision
from latentgeo.geometry.metrics.scaled import ScaledMetric
from latentgeo.geometry.metrics.smoothing import SmoothedMetric

__all__ = ["Part", "part_of", "usual"]

# latent points that a precision is fitted to, at least and at most
_FEWEST_POINTS, _MOST_POINTS = 32, 4096


@dataclass(frozen=True)
class Part:
    """factor(z) times the metric `root`, smoothed with lambda_s.

    Attributes:
        metric: All of it.
        root: What the page looks up.
        lambda_s: 0 for none.
        factor: None for 1.
    """

    metric: Metric
    root: Metric
    lambda_s: float = 0.0
    factor: Callable[[Tensor], Tensor] | None = None


def part_of(metric: Metric) -> Part:
    """A scaled, a smoothed or a scaled smoothed metric taken apart; any other is its own root."""
    factor, inner = (metric.factor, metric.metric) if isinstance(metric, ScaledMetric) else (None, metric)
    if isinstance(inner, SmoothedMetric) and (inner.rank is None or inner.rank >= 2):
        return Part(metric, inner.metric, inner.lambda_s, factor)
    return Part(metric, inner, 0.0, factor)


def usual(metric: Metric, z: Tensor, scale: float) -> Mapping[str, Metric]:
    """What is shown where only one metric is given: it raw, smoothed and made dear away from the data.

    The smoothed one has the given metric's lambda_s, or `scale`. Where the given metric has no factor, it is that of an
    `RBFPrecision` that is fitted to the data, if they are enough for one.

    Args:
        metric: As it is given.
        z: The data, (points, 2).
        scale: Squared median of the raw metric's largest eigenvalue at the data.
    """
    given = part_of(metric)
    found: dict[str, Metric] = {"raw": given.root}
    alone = isinstance(metric, SmoothedMetric) and given.lambda_s > 0
    found["smoothed"] = metric if alone else SmoothedMetric(given.root, given.lambda_s or scale)
    if given.factor is not None:
        found["conformal"] = metric
    elif (factor := _precision(z)) is not None:
        found["conformal"] = ScaledMetric(given.root, factor)
    return found


def _precision(z: Tensor) -> RBFPrecision | None:
    """One that is fitted to the data; None where these are too few, or too uneven."""
    some = z[torch.linspace(0, len(z) - 1, min(len(z), _MOST_POINTS)).long()]
    if len(some) < _FEWEST_POINTS:
        return None
    try:
        return RBFPrecision.fit(some, generator=torch.Generator().manual_seed(0))
    except ValueError:
        return None
