"""The bound on held-out observations."""

import pytest
import torch

from latentgeo.generative import IWAE, evaluation, importance_weighted_bound


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def test_is_the_mean_over_observations_whatever_their_type() -> None:
    model, x = IWAE(5, hidden=(4,)), (torch.rand(7, 5, generator=generator()) < 0.5).byte()
    expected = importance_weighted_bound(model.log_weights(x.float(), 6, generator())).mean().item()
    assert evaluation.test_bound(model, x, 6, generator(), batch=7) == pytest.approx(expected, rel=1e-6)


def test_weighs_a_short_last_batch_by_its_rows() -> None:
    model, x = IWAE(5, hidden=(4,)), (torch.rand(7, 5, generator=generator()) < 0.5).float()
    stream, rows = generator(), []
    for part in x.split(3):
        rows.append(importance_weighted_bound(model.log_weights(part, 6, stream)))
    assert evaluation.test_bound(model, x, 6, generator(), batch=3) == pytest.approx(torch.cat(rows).mean().item())


def test_refuses_no_observations() -> None:
    with pytest.raises(ValueError, match="at least one observation"):
        evaluation.test_bound(IWAE(5, hidden=(4,)), torch.zeros(0, 5), 6, generator(), batch=3)
