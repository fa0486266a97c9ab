"""The importance-weighted bound on log p(x), and a surrogate of it with the doubly reparameterised gradient.

Burda et al. 2015 for the bound, Chen et al. 2018 (section 3.1) for its use here.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["doubly_reparameterised", "importance_weighted_bound"]


def importance_weighted_bound(log_weights: Float[Tensor, "samples batch"]) -> Float[Tensor, "batch"]:
    """A lower bound on log p(x), log (1/K) sum_k w_k, in nats.

    In expectation it grows with the number K of samples (the first axis) towards log p(x); K = 1 gives the
    evidence lower bound.

    Args:
        log_weights: log p(x|z_k) + log p(z_k) - log q(z_k|x) with z_k drawn from q(z|x).
    """
    return torch.logsumexp(log_weights, 0) - math.log(log_weights.shape[0])


def doubly_reparameterised(
    log_weights: Float[Tensor, "samples batch"], z: Float[Tensor, "samples batch latent"]
) -> Float[Tensor, "batch"]:
    """A surrogate whose gradient is the plain one for the decoder and the doubly reparameterised one for the encoder.

    The encoder's plain gradient loses its signal as K grows; Tucker et al. (2019) remove the score term and weigh the
    path through z by the squared normalised weights. The surrogate's value means nothing: take the bound from
    `importance_weighted_bound`.

    Args:
        log_weights: As in `importance_weighted_bound`, with the parameters of q detached inside log q(z|x), so that
            the encoder is reached through z alone.
        z: The samples, differentiable with respect to the encoder. A hook on them scales their gradient.
    """
    weights = torch.softmax(log_weights.detach(), 0)
    if z.requires_grad:
        z.register_hook(lambda gradient: gradient * weights.unsqueeze(-1))
    return (weights * log_weights).sum(0)
