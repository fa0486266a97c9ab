"""Whether a ring crosses itself."""

import numpy as np

from replication.evidence.training_variants import crossings

ANGLE = np.linspace(0, 2 * np.pi, 100, endpoint=False) + 0.01


def test_a_circle_does_not_cross_itself() -> None:
    assert crossings(np.stack([np.cos(ANGLE), np.sin(ANGLE)], axis=1)) == 0


def test_an_eight_crosses_itself_once_and_two_turns_with_a_loop_once() -> None:
    assert crossings(np.stack([np.sin(ANGLE), np.sin(2 * ANGLE)], axis=1)) == 1
    limacon = 1 + 2 * np.cos(ANGLE)
    assert crossings(np.stack([limacon * np.cos(ANGLE), limacon * np.sin(ANGLE)], axis=1)) == 1
