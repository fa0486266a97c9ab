"""The decoder's own metric, G = J^T J."""

from typing import TYPE_CHECKING

from latentgeo.geometry.metric import Metric

if TYPE_CHECKING:
    from replication.latent_space import LatentSpace

__all__ = ["build"]


def build(space: "LatentSpace") -> Metric:
    """No options."""
    return space.raw
