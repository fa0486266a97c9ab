"""The metric that we recommend: the decoder's, made dear where the training data are not.

A decoder extrapolates flat, hence cheap, where it saw nothing, and geodesics go there. `latentgeo.RBFPrecision` is
fitted to the encodings alone and multiplies the metric by 1 on the data and by kappa far from them. The multiplier
smooths the metric as well, before it is scaled.
"""

from typing import TYPE_CHECKING

import latentgeo as lg
from replication.metrics import smoothed

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """The factor far from the data, the precision's centres and its bandwidth over the rule's, and a smoothing."""
    return {**space.settings, "bandwidth": 1.0, "multiplier": 0.0}


def build(space: "LatentSpace", kappa: float, centres: float, bandwidth: float, multiplier: float) -> lg.Metric:
    """The decoder's metric, smoothed with the multiplier as `smoothed` has it, times the precision's factor."""
    inner = smoothed.build(space, multiplier, space.rank)
    return lg.ScaledMetric(inner, space.precision(kappa, int(centres), bandwidth))
