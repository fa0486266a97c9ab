"""The paper's smoothing at one times the metric's own scale, whatever the settings: beside `smoothed`.

lambda_s is open in the paper. `smoothed` judges, at the settings' multiplier; at 1 the same quantities stand beside it
(docs/REPLICATION.md, protocol of the second round).
"""

from typing import TYPE_CHECKING

import latentgeo as lg
from replication.metrics import smoothed

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """Strength, in units of `space.lambda_scale`, and the settings' rank."""
    return {"multiplier": 1.0, "rank": space.rank}


def build(space: "LatentSpace", multiplier: float, rank: float) -> lg.Metric:
    """As `smoothed.build`."""
    return smoothed.build(space, multiplier, rank)
