"""Random splits and noise, drawn from a given generator."""

import numpy as np
import torch

__all__ = ["gaussian", "random_split", "subsample", "uniform"]

ROLES = ("train", "valid", "test")


def random_split(n: int, valid: float, test: float, generator: torch.Generator) -> dict[str, np.ndarray]:
    """Indices 0..n-1 in three disjoint parts, each in rising order.

    Args:
        n: How many rows there are.
        valid: Share of the validation part.
        test: Share of the test part; the training part is the rest.
        generator: Draws the permutation.

    Raises:
        ValueError: A part would be empty.
    """
    counts = {"valid": round(valid * n), "test": round(test * n)}
    counts["train"] = n - counts["valid"] - counts["test"]
    if min(counts.values()) < 1:
        raise ValueError(f"valid={valid} and test={test} of {n} rows leave an empty part: {counts}")
    order = torch.randperm(n, generator=generator).numpy()
    edges = np.cumsum([counts["train"], counts["valid"]])
    return {role: np.sort(part) for role, part in zip(ROLES, np.split(order, edges), strict=True)}


def subsample(n: int, limit: int | None, generator: torch.Generator) -> np.ndarray:
    """Indices of `limit` of n rows, drawn without bias and in rising order; all of them without a limit."""
    if limit is None or limit >= n:
        return np.arange(n)
    return np.sort(torch.randperm(n, generator=generator)[:limit].numpy())


def uniform(shape: tuple[int, ...], generator: torch.Generator) -> np.ndarray:
    """Uniform draws on [0, 1)."""
    return torch.rand(shape, generator=generator, dtype=torch.float64).numpy()


def gaussian(shape: tuple[int, ...], std: float, generator: torch.Generator) -> np.ndarray:
    """Gaussian draws with mean 0."""
    return std * torch.randn(shape, generator=generator, dtype=torch.float64).numpy()
