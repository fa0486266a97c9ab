"""Lengths between the steps of a sweep, and the strength at which they are nearest to wanted ones."""

import numpy as np
import pandas as pd
import pytest

from replication.evidence.sweep import lengths_at, nearest_strength

SIZES = {"euclidean": 3.0, "geodesic": 1.0, "manifold": 1.5}


def sweeps() -> dict[int, pd.DataFrame]:
    """Lengths that fall as the root of the strength, as those of a strongly smoothed metric do."""
    rows = [
        {"pair": pair, "lambda_multiplier": mu, "path": path, "length": (1 + pair) * size / np.sqrt(mu or 1e-9)}
        for mu in (0.0, 1.0, 10.0, 100.0)
        for path, size in SIZES.items()
        for pair in range(3)
    ]
    return {0: pd.DataFrame(rows), 1: pd.DataFrame(rows)}


def test_power_laws_are_interpolated_exactly() -> None:
    first, second = lengths_at(sweeps(), ["geodesic", "euclidean"], 25.0)
    np.testing.assert_allclose(first, [[0.2, 0.6], [0.4, 1.2], [0.6, 1.8]])
    np.testing.assert_array_equal(first, second)


def test_the_nearest_strength_is_found() -> None:
    wanted = {path: 2 * size / np.sqrt(30) for path, size in SIZES.items()}
    assert nearest_strength(sweeps(), wanted) == pytest.approx(30, rel=0.08)


def test_lengths_beyond_the_sweep_give_its_end() -> None:
    assert nearest_strength(sweeps(), dict.fromkeys(SIZES, 1e6)) == 1.0
