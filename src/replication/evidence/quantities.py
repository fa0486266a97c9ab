"""The named quantities of reported.yaml: one number with its interval from the artifacts of all seeds.

A quantity turns each seed's artifacts into rows (one a pair; a single row for what a seed has once), a statistic of
the rows of one seed (`within`), and the number made of the mean over seeds (`combine`). Ratios are ratios of means
over the same pairs, never means of ratios.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from replication.evidence import columns, maps
from replication.evidence.bootstrap import RESAMPLES, Estimate, interval, resample, statistic

__all__ = ["QUANTITIES", "Evidence", "MissingEvidence", "Quantity", "estimate", "load", "needed"]

Evidence = Mapping[int, Mapping[str, Any]]  # seed -> file name -> content


class MissingEvidence(ValueError):
    """What a quantity needs is not in the artifacts; the message says what."""


@dataclass(frozen=True)
class Quantity:
    """How a number is read from the artifacts.

    Attributes:
        needs: File names.
        rows: (artifacts of a seed, **options) to (rows, columns).
        within: Statistic of one seed's rows, (..., rows, columns) to (..., values).
        combine: Number from the mean over seeds, (..., values) to (...).
        share: Rows may be 0 or 1; the number is then a share.
        shown: The number is that of the lowest seed's first row, and the interval no bootstrap's: the middle 95 % of
            the rows of all seeds, i.e. what any other row could have been.
    """

    needs: tuple[str, ...]
    rows: Callable[..., np.ndarray]
    within: Callable[[np.ndarray], np.ndarray]
    combine: Callable[[np.ndarray], np.ndarray]
    shown: bool = False
    share: bool = False


def estimate(
    spec: Mapping[str, Any],
    evidence: Evidence,
    against: Evidence | None = None,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The number that a spec asks for, with its 95 % interval.

    Args:
        spec: `name` of the quantity and its options, as reported.yaml has them.
        evidence: Artifacts of each seed of the data set.
        against: Artifacts of a second data set; the number is then that data set's over this one's.
        resamples: Bootstrap replicates.

    Raises:
        MissingEvidence: A file, column, path or metric is missing, or no row is finite.
    """
    quantity = load(spec["name"])
    options = {key: value for key, value in spec.items() if key not in ("name", "against")}
    if quantity.shown:
        return _shown(quantity, options, evidence)
    value, replicates, rows, dropped = _measure(quantity, options, evidence, repr(sorted(spec.items())), resamples)
    if against is not None:
        above, above_replicates, _, _ = _measure(quantity, options, against, f"against {spec['name']}", resamples)
        value, replicates = above / value, above_replicates / replicates
    low, high = interval(replicates) if rows > 1 else (float("nan"), float("nan"))
    if rows > 1 and quantity.share and against is None and (low == high == 0 or low == high == 1):
        low, high = _constant_share(low, rows)
    note = f"{dropped} rows without a value left out" if dropped else ""
    return Estimate(float(value), low, high, rows, note)


def load(name: str) -> Quantity:
    """The quantity of this name.

    Raises:
        ValueError: There is none; the message lists what exists.
    """
    if name not in QUANTITIES:
        raise ValueError(f"no quantity {name!r}; found: {', '.join(sorted(QUANTITIES))}")
    return QUANTITIES[name]


def needed() -> tuple[str, ...]:
    """Every file that some quantity reads."""
    return tuple(sorted({"study.csv", *(file for quantity in QUANTITIES.values() for file in quantity.needs)}))


def _shown(quantity: Quantity, options: Mapping[str, Any], evidence: Evidence) -> Estimate:
    groups, _ = _groups(quantity, options, evidence)
    low, high = np.quantile(quantity.combine(np.concatenate(groups)), [0.025, 0.975])
    return Estimate(float(quantity.combine(groups[0][0])), float(low), float(high), 1, "interval: 95 % of all pairs")


def _measure(
    quantity: Quantity, options: Mapping[str, Any], evidence: Evidence, words: str, resamples: int
) -> tuple[np.ndarray, np.ndarray, int, int]:
    groups, dropped = _groups(quantity, options, evidence)
    value = quantity.combine(statistic(groups, quantity.within))
    replicates = quantity.combine(resample(groups, quantity.within, words, resamples))
    return value, replicates, sum(map(len, groups)), dropped


def _constant_share(value: float, rows: int) -> tuple[float, float]:
    """Exact ends (Clopper and Pearson 1934) where all rows say the same and a bootstrap has no width."""
    reach = 0.025 ** (1 / rows)
    return (reach, 1.0) if value == 1 else (0.0, 1 - reach)


def _groups(quantity: Quantity, options: Mapping[str, Any], evidence: Evidence) -> tuple[list[np.ndarray], int]:
    if not evidence:
        raise MissingEvidence("no artifacts")
    groups, dropped = [], 0
    for seed in sorted(evidence):
        missing = [file for file in _needs(quantity, options) if file not in evidence[seed]]
        if missing:
            raise MissingEvidence(f"no {', '.join(missing)} for seed {seed}")
        try:
            rows = quantity.rows(evidence[seed], **options)
        except KeyError as error:
            files = ", ".join(_needs(quantity, options))
            raise MissingEvidence(f"no {error.args[0]} in {files} of seed {seed}") from error
        usable = np.isfinite(rows).all(axis=1)
        dropped += int((~usable).sum())
        if usable.any():
            groups.append(rows[usable])
    if not groups:
        raise MissingEvidence(f"no finite value in {', '.join(_needs(quantity, options))}")
    return groups, dropped


def _needs(quantity: Quantity, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that it reads with these options: a variant's pairs are in study.csv."""
    return tuple("study.csv" if file == "pairs.csv" and "variant" in options else file for file in quantity.needs)


def _mean(rows: np.ndarray) -> np.ndarray:
    return rows.mean(axis=-2)


def _correlation(rows: np.ndarray) -> np.ndarray:
    """Pearson's r of the two columns; 0 where one of them is constant."""
    centred = rows - rows.mean(axis=-2, keepdims=True)
    product = (centred[..., 0] * centred[..., 1]).sum(axis=-1)
    norm = np.sqrt((centred**2).sum(axis=-2).prod(axis=-1))
    return np.divide(product, norm, out=np.zeros_like(product), where=norm > 0)[..., None]


def _only(values: np.ndarray) -> np.ndarray:
    return values[..., 0]


def _ratio(values: np.ndarray) -> np.ndarray:
    return values[..., 0] / values[..., 1]


def _difference(values: np.ndarray) -> np.ndarray:
    return values[..., 0] - values[..., 1]


def _largest_ratio(values: np.ndarray) -> np.ndarray:
    """Largest ratio of the first half of the values to the second half."""
    half = values.shape[-1] // 2
    return (values[..., :half] / values[..., half:]).max(axis=-1)


def _exp(values: np.ndarray) -> np.ndarray:
    return np.exp(values[..., 0])


QUANTITIES: dict[str, Quantity] = {
    "mean": Quantity(("pairs.csv",), columns.one_path, _mean, _only, share=True),
    "shown_pair": Quantity(("pairs.csv",), columns.one_path, _mean, _only, shown=True),
    "path_ratio": Quantity(("pairs.csv",), columns.two_paths, _mean, _ratio),
    "path_difference": Quantity(("pairs.csv",), columns.two_paths, _mean, _difference),
    "metric_difference": Quantity(("pairs.csv",), columns.two_metrics, _mean, _difference),
    "column_difference": Quantity(("pairs.csv",), columns.two_columns, _mean, _difference),
    "correlation": Quantity(("pairs.csv",), columns.two_columns, _correlation, _only),
    "share_shorter": Quantity(("pairs.csv",), columns.shorter, _mean, _only, share=True),
    "angle_correlation": Quantity(("pairs.csv",), columns.length_and_angle, _correlation, _only),
    "velocity_peak": Quantity(("pairs.csv",), columns.velocity_peak, _mean, _only),
    "velocity_peak_difference": Quantity(("pairs.csv",), columns.velocity_peaks, _mean, _difference),
    "sweep_largest_ratio": Quantity(("sweep.csv",), columns.sweep_two_paths, _mean, _largest_ratio),
    "peak_mf_ratio": Quantity(("metric_grid.npz", "geodesics.npz"), maps.peak_mf_log_ratio, _mean, _exp),
    "mf_variation": Quantity(("metric_grid.npz",), maps.mf_variation, _mean, _only),
    "neighbour_purity": Quantity(("neighbours.csv",), columns.neighbours, _mean, _only),
    "neighbour_purity_gain": Quantity(("neighbours.csv",), columns.neighbours, _mean, _difference),
    "separation_gain": Quantity(("metric_grid.npz", "distance_field.npz"), maps.separations, _mean, _difference),
    "score": Quantity(("scores.json",), columns.score, _mean, _only),
}
