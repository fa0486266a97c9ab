"""The decoder's own metric, G = J^T J."""

from typing import TYPE_CHECKING

from latentgeo.geometry.metrics.metric import Metric

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """No options."""
    return {}


def build(space: "LatentSpace") -> Metric:
    """The pullback metric."""
    return space.raw
