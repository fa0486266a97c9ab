"""The expected metric of a decoder whose noise grows away from the data (Arvanitidis et al. 2018)."""

from typing import TYPE_CHECKING

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """The precision's centres and bandwidth as `conformal` has them, and the least relative precision."""
    return {"centres": space.settings["centres"], "bandwidth": 1.0, "floor": 0.01}


def build(space: "LatentSpace", centres: float, bandwidth: float, floor: float) -> lg.Metric:
    """E[G] = J^T J + J_sigma^T J_sigma, sigma = sigma0 over the root of the precision, sigma0 the model's own noise.

    Raises:
        ValueError: The likelihood has no sigma0.
    """
    if space.sigma is None:
        raise ValueError("the expected metric needs a Gaussian likelihood; this model's has no sigma")
    precision, sigma = space.precision(space.settings["kappa"], int(centres), bandwidth), space.sigma
    return lg.ExpectedMetric(space.decoder, lambda z: sigma * precision.deviation(z, floor), probe=space.encodings[:1])
