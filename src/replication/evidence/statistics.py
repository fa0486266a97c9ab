"""Neighbours, clusters and normal laws by geodesic distances against those by latent ones, over the seeds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from replication.evidence import bootstrap
from replication.evidence.bootstrap import Estimate
from replication.files.needs import Need, Needs

__all__ = ["MEASURES", "METRICS", "NEEDS", "Found", "Measure", "found"]

METRICS = {"latent": "latent distance", "raw": "raw", "smoothed": "smoothed", "conformal": "conformal"}
"""By whose distances, and what they are called."""


@dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes:
        dataset: Of which data.
        name: In its file.
        words: For readers.
        more_is_better: Whether.
        file: Statistics of neighbours and clusters, or of laws.
        drawn: Whether it is in the figure.
    """

    dataset: str
    name: str
    words: str
    more_is_better: bool = True
    file: str = "statistics.csv"
    drawn: bool = True


MEASURES = (
    Measure("mnist", "accuracy", "digits of neighbours, accuracy"),
    Measure("mnist", "ari", "clusters of digits, Rand index"),
    Measure("mnist", "nmi", "clusters of digits, information"),
    Measure("motion", "phase_error", "phase of the gait, error [rad]", more_is_better=False),
    Measure("mnist", "log_density", "digits under their law, log density [nats]", file="class_laws.csv"),
    Measure("mnist", "law_accuracy", "digits of the likeliest law, accuracy", file="class_laws.csv"),
    Measure("mnist", "laws", "laws of digits that converged, share", file="class_laws.csv", drawn=False),
)
NEEDS = [Need(*which) for which in dict.fromkeys((measure.dataset, measure.file) for measure in MEASURES)]


@dataclass(frozen=True)
class Found:
    """One measure by one metric's distances.

    Attributes:
        measure: What.
        metric: By whose.
        value: Its mean over the seeds.
        more: By how much it is more than by the latent distance, the same points compared.
        seeds: The value of each seed.
    """

    measure: Measure
    metric: str
    value: Estimate
    more: Estimate
    seeds: list[float]

    @property
    def better(self) -> str:
        """Whether than the latent distance: `yes` or `no` where the interval of the difference leaves out zero."""
        if self.metric == "latent":
            return "–"
        sign = 1 if self.measure.more_is_better else -1
        low, high = sorted((sign * self.more.low, sign * self.more.high))
        return "yes" if low > 0 else "no, worse" if high < 0 else "not told apart"


def found(needs: Needs) -> Iterator[Found]:
    """Every measure by every metric that was measured."""
    for measure in MEASURES:
        frames = needs.all(measure.dataset, measure.file).values()
        mine = [frame[frame["measure"] == measure.name] for frame in frames]
        for metric in METRICS:
            rows = [_paired(frame, metric, measure.file) for frame in mine]
            if not rows or any(not len(one) for one in rows):
                continue
            words = f"statistics {measure.dataset} {measure.name} {metric}"
            value, more = (_estimate([one[:, [k]] for one in rows], words) for k in (0, 1))
            yield Found(measure, metric, value, more, [float(one[:, 0].mean()) for one in rows])


def _paired(frame: pd.DataFrame, metric: str, file: str) -> np.ndarray:
    """A metric's values, and by how much they are more than the latent distance's, (rows, 2)."""
    mine, latent = (frame.loc[frame["metric"] == name, "value"].to_numpy(float) for name in (metric, "latent"))
    if len(mine) not in (0, len(latent)):
        raise ValueError(f"{file}: expected {len(latent)} rows of the {metric} metric, got {len(mine)}")
    return np.stack([mine, mine - latent[: len(mine)]], axis=1)


def _estimate(groups: list[np.ndarray], words: str) -> Estimate:
    def within(rows: np.ndarray) -> np.ndarray:
        return rows.mean(axis=-2)

    low, high = bootstrap.interval(bootstrap.resample(groups, within, words))
    return Estimate(float(bootstrap.statistic(groups, within)[0]), low, high, sum(map(len, groups)))
