"""The paper's smoothing of the decoder's metric (section 3.2 there; `latentgeo.SmoothedMetric`)."""

from typing import TYPE_CHECKING

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults", "smoothing"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """Strength, in units of `space.lambda_scale`, and rank."""
    return {"multiplier": space.lambda_s / space.lambda_scale, "rank": space.rank}


def build(space: "LatentSpace", multiplier: float, rank: float) -> lg.Metric:
    """The decoder's metric smoothed with lambda_s = multiplier times `space.lambda_scale`; 0 smooths nothing."""
    if rank >= space.encodings.shape[1] and not multiplier:
        return space.raw
    return lg.SmoothedMetric(space.raw, multiplier * space.lambda_scale, int(rank))


def smoothing(metric: lg.Metric) -> tuple[float, int | None]:
    """lambda_s and rank of the smoothing that a metric holds; 0 and None without."""
    inner: lg.Metric | None = metric
    while inner is not None:
        if isinstance(inner, lg.SmoothedMetric):
            return inner.lambda_s, inner.rank
        inner = inner.base
    return 0.0, None
