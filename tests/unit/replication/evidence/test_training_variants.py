"""Whether a ring crosses itself, and whether lengths come in order."""

import numpy as np
import pandas as pd

from replication.evidence.training_variants import crossings, in_order, mean_lengths
from replication.files.needs import Needs

ANGLE = np.linspace(0, 2 * np.pi, 100, endpoint=False) + 0.01


def test_a_circle_does_not_cross_itself() -> None:
    assert crossings(np.stack([np.cos(ANGLE), np.sin(ANGLE)], axis=1)) == 0


def test_an_eight_crosses_itself_once_and_two_turns_with_a_loop_once() -> None:
    assert crossings(np.stack([np.sin(ANGLE), np.sin(2 * ANGLE)], axis=1)) == 1
    limacon = 1 + 2 * np.cos(ANGLE)
    assert crossings(np.stack([limacon * np.cos(ANGLE), limacon * np.sin(ANGLE)], axis=1)) == 1


def test_means_are_over_the_pairs_that_all_paths_have() -> None:
    lengths = {"geodesic": [1.0, 1.0, 10.0], "neural": [1.5, 1.7], "manifold": [2.0, 2.0, 5.0], "euclidean": [3.0] * 3}
    frame = pd.concat(
        pd.DataFrame({"pair": range(len(found)), "path": path, "metric": "smoothed", "length": found})
        for path, found in lengths.items()
    )
    needs = Needs({"pendulum": {5: {"pairs.csv": frame}}})
    assert np.allclose(mean_lengths(needs, "pendulum", "smoothed"), [[4.0, 3.0, 3.0]])
    assert np.allclose(mean_lengths(needs, "pendulum", "smoothed", "neural"), [[1.6, 2.0, 3.0]])
    assert in_order(mean_lengths(needs, "pendulum", "smoothed")) == 0
    assert in_order(mean_lengths(needs, "pendulum", "smoothed", "neural")) == 1
