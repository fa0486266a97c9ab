"""The Fisher-Rao metric of a Bernoulli likelihood, pulled back: how well nearby latent points can be told apart.

For a Gaussian likelihood of one standard deviation it is the raw metric over its variance, and says nothing new.
"""

from typing import TYPE_CHECKING

from torch import Tensor, nn
from torch.distributions import Bernoulli

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


def defaults(space: "LatentSpace") -> dict[str, float]:
    """No options."""
    return {}


def build(space: "LatentSpace") -> lg.Metric:
    """That of the pixels' probabilities, whose logits the decoder has before its last layer.

    Raises:
        ValueError: The likelihood is no Bernoulli one.
    """
    if space.sigma is not None:
        raise ValueError("the Fisher-Rao metric is built for a Bernoulli likelihood; this model's is Gaussian")
    logits = nn.Sequential(*list(space.decoder)[:-1])
    return lg.FisherRaoMetric(logits, _pixels, probe=space.encodings[:1])


def _pixels(logits: Tensor) -> Bernoulli:
    return Bernoulli(logits=logits)
