"""The paper's smoothing of the decoder's metric (section 3.2 there; `latentgeo.SmoothedMetric`)."""

from typing import TYPE_CHECKING

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.smoothing import SmoothedMetric

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults", "smoothing"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """Strength, in units of `space.lambda_scale`, and rank."""
    return {"multiplier": space.lambda_s / space.lambda_scale, "rank": space.rank}


def build(space: "LatentSpace", multiplier: float, rank: float) -> Metric:
    """The decoder's metric smoothed with lambda_s = multiplier times `space.lambda_scale`; 0 smooths nothing."""
    full = rank >= space.encodings.shape[1]
    return (
        space.raw if full and not multiplier else SmoothedMetric(space.raw, multiplier * space.lambda_scale, int(rank))
    )


def smoothing(metric: Metric) -> tuple[float, int | None]:
    """lambda_s and rank of the smoothing that a metric holds; 0 and None without."""
    inner: Metric | None = metric
    while inner is not None:
        if isinstance(inner, SmoothedMetric):
            return inner.lambda_s, inner.rank
        inner = inner.base
    return 0.0, None
