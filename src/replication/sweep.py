"""Mean lengths over the smoothing strength, from sweep.csv of all seeds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from replication.bootstrap import Estimate, interval, resample, statistic

__all__ = ["mean_lengths", "ratios"]

Points = dict[tuple[str, float], Estimate]


def mean_lengths(sweeps: Mapping[int, pd.DataFrame]) -> Points:
    """(path, multiplier) -> mean length over the pairs of all seeds, with its 95 % interval.

    Seeds are put together at equal multipliers: lambda_s itself is relative to each model's own metric.

    Args:
        sweeps: seed -> rows of sweep.csv (pair, lambda_multiplier, path, length).
    """
    return _points(sweeps, None)


def ratios(sweeps: Mapping[int, pd.DataFrame], under: str = "geodesic") -> Points:
    """(path, multiplier) -> mean length over the mean length of the path `under`, on the same pairs."""
    return _points(sweeps, under)


def _points(sweeps: Mapping[int, pd.DataFrame], under: str | None) -> Points:
    tables = {
        seed: frame.pivot_table(index="pair", columns=["path", "lambda_multiplier"], values="length")
        for seed, frame in sweeps.items()
    }
    names = list(next(iter(tables.values())).columns)
    found = {}
    for path, multiplier in names:
        if path == under:
            continue
        pick = [(path, multiplier), *([(under, multiplier)] if under else [])]
        groups = [table[pick].dropna().to_numpy() for _, table in sorted(tables.items())]
        replicates = resample(groups, _mean, f"sweep {path} {multiplier} {under}")
        low, high = interval(_combine(replicates))
        value = float(_combine(statistic(groups, _mean)))
        found[str(path), float(multiplier)] = Estimate(value, low, high, sum(map(len, groups)))
    return found


def _mean(rows: np.ndarray) -> np.ndarray:
    return rows.mean(axis=-2)


def _combine(values: np.ndarray) -> np.ndarray:
    return values[..., 0] if values.shape[-1] == 1 else values[..., 0] / values[..., 1]
