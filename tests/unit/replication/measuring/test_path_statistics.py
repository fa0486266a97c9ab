"""Statistics of paths, on classes and velocities whose answer is known."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from replication.measuring.path_statistics import _angular_speed_cv, _velocity_at_borders, statistics


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


def turning(time: np.ndarray) -> torch.Tensor:
    """Two curves along a quarter and half of the unit circle, at these times of a constant turn."""
    angle = 0.3 + np.array([[np.pi / 2], [np.pi]]) * time
    return torch.as_tensor(np.stack([np.cos(angle), np.sin(angle)], axis=-1))


def watched() -> Any:
    """A latent space whose decoder shows the plane itself, and whose data are the unit circle."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return SimpleNamespace(data={"ring": ring}, decoder=torch.nn.Identity(), parameter={"label": 0}, meta={})


def test_an_even_turn_has_no_variation() -> None:
    np.testing.assert_allclose(_angular_speed_cv(watched(), turning(np.linspace(0, 1, 200))), 0, atol=1e-3)


def test_the_variation_is_that_of_the_time_that_is_asked_for() -> None:
    t = np.linspace(0, 1, 200)
    # the steps of t^2 between 50 even times are as 1, 3, ..., 97: their variation is the root of (49^2 - 1) / 3 over 49
    np.testing.assert_allclose(_angular_speed_cv(watched(), turning(t**2)), np.sqrt((49**2 - 1) / 3) / 49, rtol=2e-3)
    space = watched()
    space.meta, space.manifold, space.parameter = {"loader": "pendulum"}, torch.as_tensor(space.data["ring"]), {}
    columns = statistics(space, turning(t**2), turning(t), lambda: turning(t**3), torch.ones(2, 200), 0.1)
    own, latent, metric = (columns[f"angular_speed_cv{which}"] for which in ("", "_latent", "_metric"))
    assert (latent < 0.01).all()
    assert (own > 0.5).all()
    assert (metric > own + 0.2).all()
