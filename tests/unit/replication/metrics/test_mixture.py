"""The density of the mixture's factor: that of scikit-learn, with as many normals as held-out points ask for."""

import numpy as np
import torch
from sklearn.mixture import GaussianMixture

from replication.metrics import mixture


def clouds(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    centres = 4 * torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]], dtype=torch.float64)
    return torch.cat([c + torch.randn(count, 2, generator=generator, dtype=torch.float64) for c in centres])


def test_it_is_the_density_of_the_mixture_that_makes_held_out_points_likeliest() -> None:
    fitted, held = clouds(100, 0), clouds(40, 1)
    found = mixture.log_density(fitted, held, torch.Generator().manual_seed(0))
    scores = {
        count: GaussianMixture(count, random_state=0, n_init=5).fit(fitted.numpy()).score(held.numpy())
        for count in (1, 2, 4)
    }
    # up to the constant, which a factor does not ask for
    constant = -np.log(2 * np.pi)
    assert abs(float(found(held).mean()) + constant - scores[4]) < 1e-3
    assert scores[4] > scores[2] + 0.1 > scores[1] + 0.1


def test_it_has_no_more_normals_than_points_to_fit_them() -> None:
    few = clouds(5, 2)
    found = mixture.log_density(few, clouds(5, 3), torch.Generator().manual_seed(0))
    (means,) = (value for name, value in found.named_buffers() if name == "means")
    assert len(means) <= len(few) // 10
