"""Banded matrices as whole ones, for tests that compare."""

import torch
from torch import Tensor

__all__ = ["dense"]


def dense(bands: Tensor) -> Tensor:
    """The symmetric matrices (pairs, free, free) of the blocks that `hessian` returns."""
    offsets, pairs, inner, latent, _ = bands.shape
    whole = bands.new_zeros(pairs, inner, latent, inner, latent)
    for offset in range(min(offsets, inner)):
        for k in range(inner - offset):
            whole[:, k, :, k + offset] = bands[offset, :, k]
            whole[:, k + offset, :, k] = bands[offset, :, k].mT
    return torch.reshape(whole, (pairs, inner * latent, inner * latent))
