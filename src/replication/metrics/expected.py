"""The expected metric of a decoder whose noise grows away from the data (Arvanitidis et al. 2018)."""

from typing import TYPE_CHECKING

from latentgeo.geometry.expected import ExpectedMetric
from latentgeo.geometry.metric import Metric

if TYPE_CHECKING:
    from replication.latent_space import LatentSpace

__all__ = ["build"]


def build(space: "LatentSpace", centres: int | None = None, bandwidth: float = 1.0, floor: float = 0.01) -> Metric:
    """E[G] = J^T J + J_sigma^T J_sigma, sigma = sigma0 over the root of the precision, sigma0 the model's own noise.

    Args:
        space: The trained model, of a Gaussian likelihood.
        centres: Of the precision, by default that of the settings.
        bandwidth: As `conformal` has it.
        floor: Least relative precision: sigma is sigma0 / sqrt(floor) far from the data.
    """
    if space.sigma is None:
        raise ValueError("the expected metric needs a Gaussian likelihood; this model's has no sigma")
    precision, sigma = space.precision(None, centres, bandwidth), space.sigma
    return ExpectedMetric(space.decoder, lambda z: sigma * precision.deviation(z, floor), probe=space.encodings[:1])
