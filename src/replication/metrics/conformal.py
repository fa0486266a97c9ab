"""The metric that we recommend: the decoder's, made dear where the training data are not.

A decoder extrapolates flat, hence cheap, where it saw nothing, and geodesics go there. `latentgeo.RBFPrecision` is
fitted to the encodings alone and multiplies the metric by 1 on the data and by kappa far from them. The multiplier
smooths the metric as well, before it is scaled.
"""

from typing import TYPE_CHECKING

from latentgeo.geometry.metric import Metric
from latentgeo.geometry.scaled import ScaledMetric
from replication.metrics import smoothed

if TYPE_CHECKING:
    from replication.latent_space import LatentSpace

__all__ = ["build"]


def build(
    space: "LatentSpace",
    kappa: float | None = None,
    centres: int | None = None,
    bandwidth: float = 1.0,
    multiplier: float = 0.0,
) -> Metric:
    """Scaled by the factor that the settings choose.

    Args:
        space: The trained model.
        kappa: The factor far from the data, by default that of the settings.
        centres: Bumps of the precision, by default that of the settings.
        bandwidth: Theirs, as a multiple of what the rule finds (`RBFPrecision.fit`).
        multiplier: lambda_s of a smoothing before the scaling, as `smoothed` has it.
    """
    return ScaledMetric(smoothed.build(space, multiplier), space.precision(kappa, centres, bandwidth))
