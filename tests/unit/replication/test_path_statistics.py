"""Statistics of paths, on classes and velocities whose answer is known."""

import numpy as np

from replication.path_statistics import _velocity_at_borders


def test_velocity_at_borders_and_at_the_borders_of_others() -> None:
    classes = np.array([[0, 0, 1, 1, 1], [0, 0, 0, 0, 1], [2, 2, 2, 2, 2]])
    velocity = np.array([[1.0, 3.0, 3.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    own, shuffled = _velocity_at_borders(classes, velocity)
    # the first changes class at its peak; the other's border lies where it is slow
    np.testing.assert_allclose(own, [3 / 1.8, 1, np.nan])
    np.testing.assert_allclose(shuffled, [1 / 1.8, 1, np.nan])


def test_shuffled_borders_of_a_single_path_are_none() -> None:
    own, shuffled = _velocity_at_borders(np.array([[0, 1, 1]]), np.array([[1.0, 1.0, 4.0]]))
    np.testing.assert_allclose(own, [0.5])
    assert np.isnan(shuffled).all()


def test_velocities_that_peak_in_the_middle_do_not_count_as_borders() -> None:
    """Borders that are spread as on the other paths give the same velocity, wherever the paths are fast."""
    generator = np.random.default_rng(0)
    at = generator.normal(100, 20, 2000).clip(1, 198).astype(int)
    classes = (np.arange(200) >= at[:, None]).astype(int)
    velocity = np.tile(1 + np.exp(-(((np.arange(200) - 100) / 30) ** 2)), (2000, 1))
    own, shuffled = _velocity_at_borders(classes, velocity)
    assert own.mean() > 1.1
    assert abs((own - shuffled).mean()) < 0.01
