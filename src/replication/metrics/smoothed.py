"""The paper's smoothing of the decoder's metric (section 3.2 there; `latentgeo.SmoothedMetric`)."""

from typing import TYPE_CHECKING

from latentgeo.geometry.metric import Metric
from latentgeo.geometry.smoothing import SmoothedMetric

if TYPE_CHECKING:
    from replication.latent_space import LatentSpace

__all__ = ["build", "smoothing"]


def build(space: "LatentSpace", multiplier: float | None = None, rank: int | None = None) -> Metric:
    """The decoder's metric smoothed with lambda_s = multiplier times `space.lambda_scale`; 0 smooths nothing.

    Args:
        space: The trained model.
        multiplier: By default that of the settings.
        rank: By default that of the settings.
    """
    lambda_s = space.lambda_s if multiplier is None else multiplier * space.lambda_scale
    rank = space.rank if rank is None else rank
    return space.raw if not lambda_s and rank >= 2 else SmoothedMetric(space.raw, lambda_s, rank=rank)


def smoothing(metric: Metric) -> tuple[float, int | None]:
    """lambda_s and rank of the smoothing that a metric holds; 0 and None without."""
    inner: Metric | None = metric
    while inner is not None:
        if isinstance(inner, SmoothedMetric):
            return inner.lambda_s, inner.rank
        inner = inner.base
    return 0.0, None
