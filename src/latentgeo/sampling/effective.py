"""How many independent draws correlated ones are worth."""

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["effective_size"]


def effective_size(draws: Float[Tensor, "chains draws latent"]) -> Float[Tensor, "latent"]:
    """The number of independent draws whose mean is as good as that of all chains together, for each coordinate.

    chains x draws / (1 + 2 sum of autocorrelations), cut off where the sum of two neighbouring ones is no longer
    positive and made to decrease before (Geyer 1992); variances between chains count (Gelman et al. 2013, section
    11.5), so that chains which have not met are worth little. NaN where nothing moved, or for fewer than four draws.
    """
    chains, count, latent = draws.shape
    if count < 4:
        return draws.new_full((latent,), float("nan"))
    centred = draws - draws.mean(1, keepdim=True)
    spectrum = torch.fft.rfft(centred, n=2 * count, dim=1)
    covariance = torch.fft.irfft(spectrum.abs().square(), n=2 * count, dim=1)[:, :count].mean(0) / count
    within = covariance[0] * count / (count - 1)
    between = draws.mean(1).var(0) if chains > 1 else torch.zeros_like(within)
    total = (count - 1) / count * within + between
    correlation = 1 - (within - covariance * count / (count - 1)) / total
    correlation[0] = 1
    pairs = correlation[: count // 2 * 2].view(-1, 2, latent).sum(1)
    positive = (pairs > 0).long().cumprod(0)
    falling = (pairs * positive).cummin(0).values
    time = (2 * falling.sum(0) - 1).clamp(min=1 / (chains * count))
    return torch.where(total > 0, chains * count / time, float("nan"))
