"""Confidence intervals for numbers taken over seeds and pairs: the hierarchical bootstrap.

Seeds are drawn with replacement, then pairs within each drawn seed, so that the interval carries both the spread
between trained models and the spread between pairs.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["RESAMPLES", "Estimate", "interval", "resample", "statistic"]

RESAMPLES = 2000

Within = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        value: Mean over the seeds of each seed's value.
        low: Lower end, NaN where nothing can be resampled (one seed and one row).
        high: Upper end.
        n: Rows (pairs, or seeds for a number that a seed has once) behind it.
        note: What a reader should know, e.g. rows that could not be used.
    """

    value: float
    low: float
    high: float
    n: int
    note: str = ""


def statistic(groups: Sequence[np.ndarray], within: Within) -> np.ndarray:
    """Mean over the seeds of `within(rows of the seed)`.

    Args:
        groups: One array (rows, columns) a seed.
        within: (..., rows, columns) to (..., values).
    """
    return np.mean([within(rows) for rows in groups], axis=0)


def resample(groups: Sequence[np.ndarray], within: Within, words: str, resamples: int = RESAMPLES) -> np.ndarray:
    """Bootstrap replicates of `statistic`, (resamples, values).

    Args:
        groups: One array (rows, columns) a seed.
        within: (..., rows, columns) to (..., values).
        words: Seeds the generator, so that the same question always gets the same interval.
        resamples: Number of replicates.
    """
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big"))
    seeds = len(groups)
    values = within(groups[0]).shape[-1]
    picks = generator.integers(seeds, size=(resamples, seeds))
    replicates = np.empty((resamples, seeds, values))
    for slot in range(seeds):
        for seed, rows in enumerate(groups):
            chosen = np.flatnonzero(picks[:, slot] == seed)
            drawn = generator.integers(len(rows), size=(len(chosen), len(rows)))
            replicates[chosen, slot] = within(rows[drawn])
    return replicates.mean(axis=1)


def interval(replicates: np.ndarray) -> tuple[float, float]:
    """Central 95 % of the replicates.

    Warning:
        A percentile interval over few seeds is somewhat too narrow: five seeds bound how well it can cover.
    """
    low, high = np.nanpercentile(replicates, [2.5, 97.5])
    return float(low), float(high)
