"""The Fisher-Rao metric of a Bernoulli likelihood, pulled back: how well nearby latent points can be told apart.

The Fisher information of a Bernoulli mean p is 1 / (p (1 - p)); in the angle 2 arcsin sqrt(p) the metric is Euclidean.
For a Gaussian likelihood of one standard deviation it is the raw metric over its variance, and says nothing new.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

import latentgeo as lg

if TYPE_CHECKING:
    from replication.models.latent_space import LatentSpace

__all__ = ["build", "defaults"]


class _Angle(nn.Module):
    """2 arcsin sqrt(sigmoid(logit)), in the form that is smooth for logits of any size."""

    def forward(self, logit: Tensor) -> Tensor:
        return 2 * torch.atan((logit / 2).exp())


def defaults(space: "LatentSpace") -> dict[str, float]:
    """No options."""
    return {}


def build(space: "LatentSpace") -> lg.Metric:
    """J^T J of the angles.

    Raises:
        ValueError: The likelihood is no Bernoulli one.
    """
    if space.sigma is not None:
        raise ValueError("the Fisher-Rao metric is built for a Bernoulli likelihood; this model's is Gaussian")
    return lg.PullbackMetric(nn.Sequential(*list(space.decoder)[:-1], _Angle()), probe=space.encodings[:1])
