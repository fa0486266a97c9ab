"""The log-likelihood that a perfect model would reach."""

import numpy as np
import pytest
from scipy.special import ive

from replication.models.true_likelihood import true_log_likelihood


def circle(points: int, radius: float) -> np.ndarray:
    angle = 2 * np.pi * np.arange(points) / points
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize("noise", [0.02, 0.3, 2.0])
def test_of_a_circle_is_that_of_the_bessel_function(noise: float) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2)) * 0.7 + circle(40, 1.3)
    r = np.linalg.norm(x, axis=1)
    kappa = 1.3 * r / noise**2
    expected = -np.log(2 * np.pi * noise**2) - (r - 1.3) ** 2 / (2 * noise**2) + np.log(ive(0, kappa))
    np.testing.assert_allclose(true_log_likelihood(x, circle(64, 1.3), noise), expected, rtol=1e-9)


def test_a_finer_rule_says_the_same() -> None:
    generator = np.random.default_rng(1)
    angle = 2 * np.pi * np.arange(100) / 100
    ring = np.stack([np.cos(angle), np.sin(angle) ** 3, np.cos(2 * angle), np.exp(np.sin(angle))], axis=1)
    x = ring[generator.integers(100, size=50)] + 0.03 * generator.normal(size=(50, 4))
    coarse, fine = true_log_likelihood(x, ring, 0.03), true_log_likelihood(x, ring, 0.03, finer=5)
    np.testing.assert_allclose(coarse, fine, rtol=1e-9)


def test_the_noise_must_be_positive() -> None:
    with pytest.raises(ValueError, match="expected a positive standard deviation of the noise; got 0"):
        true_log_likelihood(np.zeros((1, 2)), circle(8, 1.0), 0.0)
