"""Seeds: every draw has a generator of its own, derived from the seed and the name of what draws."""

import hashlib

import torch

__all__ = ["derive"]


def derive(seed: int, *names: str) -> torch.Generator:
    """A CPU generator for one use, independent of every other use.

    The state depends on the seed and the names alone (SHA-256), so that adding a data set or a stage changes no
    other result.

    Args:
        seed: The run's seed.
        names: What draws, e.g. `"mnist", "train"`.
    """
    words = "\x1f".join([str(int(seed)), *names])
    digest = hashlib.sha256(words.encode("utf-8")).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
