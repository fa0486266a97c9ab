"""The hierarchical bootstrap: coverage, determinism, shape."""

import numpy as np
import pytest

from replication.evidence.bootstrap import interval, resample, statistic


def mean(rows):
    return rows.mean(axis=-2)


def test_statistic_is_the_mean_over_seeds():
    groups = [np.full((2, 1), 1.0), np.full((8, 1), 3.0)]
    assert statistic(groups, mean) == pytest.approx([2.0])


def test_interval_covers_the_mean_of_pairs_and_seeds():
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        seeds = rng.normal(0, 0.3, size=10)
        groups = [rng.normal(seed, 1.0, size=(30, 1)) for seed in seeds]
        low, high = interval(resample(groups, mean, f"trial {trial}", 300)[..., 0])
        hits += low <= 0.0 <= high
    assert 0.85 <= hits / 200 <= 1.0


def test_seeds_widen_the_interval():
    rng = np.random.default_rng(0)
    pairs = rng.normal(0, 0.1, size=(50, 1))
    alike = interval(resample([pairs, pairs, pairs], mean, "alike"))
    apart = interval(resample([pairs - 1, pairs, pairs + 1], mean, "apart"))
    assert np.ptp(apart) > 10 * np.ptp(alike)


def test_same_words_same_interval():
    groups = [np.arange(5.0)[:, None]]
    assert np.array_equal(resample(groups, mean, "a", 20), resample(groups, mean, "a", 20))
    assert not np.array_equal(resample(groups, mean, "a", 20), resample(groups, mean, "b", 20))
