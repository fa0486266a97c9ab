"""The bound of a trained model on held-out observations."""

import torch
from jaxtyping import Shaped
from torch import Tensor

from latentgeo.generative.bound import importance_weighted_bound
from latentgeo.generative.iwae import IWAE

__all__ = ["test_bound"]


@torch.no_grad()
def test_bound(model: IWAE, x: Shaped[Tensor, "n obs"], samples: int, generator: torch.Generator, batch: int) -> float:
    """Mean importance-weighted bound, nats per observation.

    Args:
        model: The autoencoder; its weights' type and device are those of the computation.
        x: Observations of any numeric type (uint8 for binary ones).
        samples: Importance samples K.
        generator: Draws them.
        batch: Observations at once; part of the result's noise, as it orders the draws.

    Raises:
        ValueError: There are no observations.
    """
    if not len(x):
        raise ValueError("the bound needs at least one observation; got none")
    weight = next(model.parameters())
    total = 0.0
    for rows in x.split(batch):
        log_weights = model.log_weights(rows.to(weight), samples, generator)
        total += importance_weighted_bound(log_weights).sum(dtype=torch.float64).item()
    return total / len(x)
