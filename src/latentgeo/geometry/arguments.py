"""The boundary to the caller's latent points: their shape, their type, their values."""

import torch
from torch import Tensor

__all__ = ["check_finite", "check_pairs", "check_points", "check_vectors", "paired"]

_TYPES = (torch.float32, torch.float64)
_INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def check_points(name: str, z: Tensor, latent: int | None = None) -> None:
    """Points (batch, latent) of float32 or float64; how many dimensions, if that is known.

    Raises:
        ValueError: Another shape or dtype.
    """
    if z.ndim != 2 or z.shape[1] != (latent or z.shape[1]) or not z.shape[1]:
        raise ValueError(f"{name} must be (batch, {latent or 'latent'}); got {tuple(z.shape)}")
    _check_type(name, z)


def check_vectors(point: str, z: Tensor, vector: str, v: Tensor) -> None:
    """Points (pairs, latent) and a vector, or another point, for each.

    Raises:
        ValueError: Shapes or dtypes that do not fit each other.
    """
    if z.shape != v.shape or z.ndim != 2 or not z.shape[1]:
        one = f"; for one pair give {point}[None] and {vector}[None]" if z.ndim == v.ndim == 1 else ""
        raise ValueError(
            f"{point} and {vector} must have the same shape (pairs, latent); got {tuple(z.shape)} and {tuple(v.shape)}"
            f"{one}"
        )
    if z.dtype != v.dtype or not z.dtype.is_floating_point:
        raise ValueError(
            f"{point} and {vector} must share a floating dtype; got {z.dtype} and {v.dtype}; .double() makes it so"
        )
    _check_type(f"{point} and {vector}", z)


def paired(z0: Tensor, z1: Tensor) -> tuple[Tensor, Tensor]:
    """Points and others, the same number of each: one alone goes with all of the others, and is repeated."""
    if z0.ndim != 2 or z1.ndim != 2 or 1 not in (len(z0), len(z1)):
        return z0, z1
    count = len(z1) if len(z0) == 1 else len(z0)
    return z0.expand(count, -1).contiguous(), z1.expand(count, -1).contiguous()


def check_finite(name: str, z: Tensor, row: str = "pair") -> None:
    """No NaN, no infinity, and nothing so large that a product of four overflows; what a row of the tensor is called.

    Raises:
        ValueError: The message gives the first such row.
    """
    limit = torch.finfo(z.dtype).max ** 0.25
    # a NaN is not below
    bad = ~(z.detach().abs() < limit).flatten(1).all(1) if len(z) else torch.zeros(0, dtype=torch.bool)
    if bool(bad.any()):
        first = int(bad.nonzero()[0])
        found = z[first].detach()
        expected = f"below {limit:.0e} in size" if bool(torch.isfinite(found).all()) else "finite"
        raise ValueError(f"{name} must be {expected}; {row} {first} is {str(found.tolist())[:200]}")


def check_pairs(pairs: Tensor, count: int, what: str) -> None:
    """Rows of two numbers of what there are so many of.

    Raises:
        ValueError: No integers (pairs, 2), or numbers of nothing.
    """
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype not in _INTEGERS:
        raise ValueError(f"pairs must be integers of shape (pairs, 2); got {pairs.dtype} of shape {tuple(pairs.shape)}")
    if len(pairs) and not (int(pairs.min()) >= 0 and int(pairs.max()) < count):
        raise ValueError(
            f"pairs must be numbers of {what}, from 0 to {count - 1}; got {int(pairs.min())} to {int(pairs.max())}"
        )


def _check_type(name: str, z: Tensor) -> None:
    if z.dtype not in _TYPES:
        raise ValueError(f"{name} must be float64, or float32 where that is precise enough; got {z.dtype}")
