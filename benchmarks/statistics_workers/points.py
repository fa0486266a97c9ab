"""The points, by numpy alone: both libraries are given the same."""

import numpy as np

__all__ = ["around", "on_the_sphere", "sphere_plane"]


def around(centres: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draws around given points, with a tenth of their deviation."""
    draw = np.random.default_rng(seed)
    return centres[draw.integers(len(centres), size=count)] + 0.1 * centres.std(0) * draw.normal(size=(count, 2))


def sphere_plane(count: int, seed: int) -> np.ndarray:
    """Points of the stereographic plane of a sphere, ten heaps on its southern half."""
    draw = np.random.default_rng(seed)
    heaps = np.random.default_rng(0).uniform(-0.7, 0.7, size=(10, 2))
    return heaps[draw.integers(10, size=count)] + 0.08 * draw.normal(size=(count, 2))


def on_the_sphere(z: np.ndarray) -> np.ndarray:
    """Where they are in space, (points, 3)."""
    square = (z**2).sum(1, keepdims=True)
    return np.concatenate([2 * z, square - 1], 1) / (1 + square)
