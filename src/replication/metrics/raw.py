"""The decoder's own metric, G = J^T J."""

from typing import TYPE_CHECKING

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """No options."""
    return {}


def build(space: "LatentSpace") -> lg.Metric:
    """The pullback metric."""
    return space.raw
