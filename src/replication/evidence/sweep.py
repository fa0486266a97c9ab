"""Mean lengths over the smoothing strength, from sweep.csv of all seeds, and between its steps."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from replication.evidence.bootstrap import Estimate, interval, resample, statistic

__all__ = ["lengths_at", "mean_lengths", "nearest_strength", "ratios"]

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


def lengths_at(sweeps: Mapping[int, pd.DataFrame], paths: Sequence[str], multiplier: float) -> list[np.ndarray]:
    """Each seed's lengths at a multiplier between the sweep's, (pairs, paths): logarithms are interpolated linearly.

    Args:
        sweeps: As `mean_lengths` has it.
        paths: Their names, in the order of the columns.
        multiplier: lambda_s over the metric's own scale, within the sweep.
    """
    return [_between(x, y, multiplier) for x, y in _logarithms(sweeps, paths)]


def nearest_strength(sweeps: Mapping[int, pd.DataFrame], wanted: Mapping[str, float]) -> float:
    """The multiplier at which the mean lengths are nearest to the wanted ones: least squares of their logarithms.

    Args:
        sweeps: As `mean_lengths` has it.
        wanted: path -> mean length.
    """
    positive = sorted({value for frame in sweeps.values() for value in frame["lambda_multiplier"] if value > 0})
    tried = np.geomspace(positive[0], positive[-1], 30 * (len(positive) - 1) + 1)
    target, logarithms = np.log(list(wanted.values())), _logarithms(sweeps, list(wanted))

    def miss(multiplier: float) -> float:
        means = np.mean([_between(x, y, multiplier).mean(axis=0) for x, y in logarithms], axis=0)
        return float(((np.log(means) - target) ** 2).sum())

    return float(min(tried, key=miss))


def _logarithms(sweeps: Mapping[int, pd.DataFrame], paths: Sequence[str]) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """Of each seed's multipliers, and of each path's lengths at them, (pairs, multipliers)."""
    found = []
    for _, frame in sorted(sweeps.items()):
        table = frame.query("lambda_multiplier > 0").pivot_table(
            index=["path", "pair"], columns="lambda_multiplier", values="length"
        )
        lengths = [np.log(table.loc[path].to_numpy(float)) for path in paths]
        found.append((np.log(table.columns.to_numpy(float)), lengths))
    return found


def _between(x: np.ndarray, y: Sequence[np.ndarray], multiplier: float) -> np.ndarray:
    """Lengths at a multiplier, (pairs, paths)."""
    return np.exp([[np.interp(np.log(multiplier), x, row) for row in of_path] for of_path in y]).T


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
