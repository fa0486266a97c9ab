"""The metric of a Bernoulli decoder's logits, before the sigmoid makes them means."""

from typing import TYPE_CHECKING

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """No options."""
    return {}


def build(space: "LatentSpace") -> lg.Metric:
    """J^T J of the logits.

    Raises:
        ValueError: The likelihood has none.
    """
    if space.sigma is not None:
        raise ValueError("only a Bernoulli likelihood has logits; this model's is Gaussian")
    return lg.PullbackMetric(space.decoder[:-1], probe=space.encodings[:1])
