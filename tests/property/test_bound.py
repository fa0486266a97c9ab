"""Laws of the importance-weighted bound, where log p(x) is known exactly."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import MultivariateNormal

from latentgeo.generative import IWAE, importance_weighted_bound
from latentgeo.generative.bound import doubly_reparameterised
from latentgeo.generative.likelihood import diagonal_normal_log_density

OBS, LATENT, SIGMA = 3, 2, 0.7
ORTHOGONAL = torch.tensor([[1.0, 0.5], [-1.0, 0.5], [0.0, 1.0]], dtype=torch.float64)
OFFSET = torch.tensor([0.3, -0.2, 0.1], dtype=torch.float64)


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def linear_gaussian(spread: float = 1.0, shift: float = 0.0) -> IWAE:
    """x = W z + b + noise with orthogonal columns of W, so that the exact posterior is diagonal, and a linear encoder.

    Args:
        spread: Factor on the exact posterior's standard deviation.
        shift: Added to the exact posterior's mean, in its standard deviations.
    """
    model = IWAE(OBS, LATENT, hidden=(), likelihood="gaussian", sigma=SIGMA).double()
    precision = 1 + ORTHOGONAL.square().sum(0) / SIGMA**2
    gain = ORTHOGONAL.T / SIGMA**2 / precision.unsqueeze(1)
    std = spread / precision.sqrt()
    weights = {
        "decoder.0.weight": ORTHOGONAL,
        "decoder.0.bias": OFFSET,
        "encoder.0.weight": torch.cat([gain, torch.zeros_like(gain)]),
        "encoder.0.bias": torch.cat([shift * std - gain @ OFFSET, std.log()]),
        "log_sigma": torch.tensor(math.log(SIGMA), dtype=torch.float64),
    }
    model.load_state_dict(weights)
    return model


def observations(rows: int, seed: int) -> Tensor:
    z = torch.randn(rows, LATENT, generator=generator(seed), dtype=torch.float64)
    noise = torch.randn(rows, OBS, generator=generator(seed + 1), dtype=torch.float64)
    return z @ ORTHOGONAL.T + OFFSET + SIGMA * noise


def exact_log_density(x: Tensor) -> Tensor:
    covariance = ORTHOGONAL @ ORTHOGONAL.T + SIGMA**2 * torch.eye(OBS, dtype=torch.float64)
    return MultivariateNormal(OFFSET, covariance).log_prob(x)


def mean_bound(model: IWAE, x: Tensor, samples: int, seed: int, repeats: int = 2000) -> Tensor:
    """Bound of each observation, averaged over independent draws."""
    with torch.no_grad():
        log_weights = model.log_weights(x.repeat(repeats, 1), samples, generator(seed))
        return importance_weighted_bound(log_weights).view(repeats, len(x)).mean(0)


@given(seed=st.integers(0, 2**20), samples=st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_is_exact_for_the_exact_posterior(seed: int, samples: int) -> None:
    x = observations(5, seed)
    bound = importance_weighted_bound(linear_gaussian().log_weights(x, samples, generator(seed)))
    torch.testing.assert_close(bound.detach(), exact_log_density(x))


@pytest.mark.parametrize(("spread", "shift"), [(1.6, 0.0), (0.7, 0.5), (1.2, -0.8)])
def test_grows_with_samples_and_stays_below_the_log_density(spread: float, shift: float) -> None:
    model, x = linear_gaussian(spread, shift), observations(6, 11)
    exact = exact_log_density(x).mean()
    bounds = [mean_bound(model, x, samples, seed=5).mean() for samples in (1, 2, 5, 20, 100)]
    assert bounds == sorted(bounds)
    assert bounds[0] < exact - 0.05
    assert exact - 0.05 < bounds[-1] < exact + 0.002


@given(seed=st.integers(0, 2**20), constant=st.floats(-500, 500))
@settings(max_examples=20, deadline=None)
def test_a_common_factor_of_the_weights_moves_it_by_its_logarithm(seed: int, constant: float) -> None:
    log_weights = torch.randn(4, 3, generator=generator(seed), dtype=torch.float64)
    moved = importance_weighted_bound(log_weights + constant)
    torch.testing.assert_close(moved, importance_weighted_bound(log_weights) + constant)


def gradients(model: IWAE, x: Tensor, samples: int, seed: int, doubly: bool) -> dict[str, Tensor]:
    model.zero_grad()
    mean, log_std = model.encode(x)
    z = model.sample(mean, log_std, samples, generator(seed))
    if doubly:
        log_weights = model.log_joint(x, z) - diagonal_normal_log_density(z, mean.detach(), log_std.detach())
        doubly_reparameterised(log_weights, z).mean().backward()
    else:
        log_weights = model.log_joint(x, z) - diagonal_normal_log_density(z, mean, log_std)
        importance_weighted_bound(log_weights).mean().backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def test_both_gradients_are_the_same_for_the_decoder() -> None:
    model, x = linear_gaussian(1.5, 0.4), observations(50, 3)
    plain, doubly = (gradients(model, x, 5, 7, doubly) for doubly in (False, True))
    for name in ("decoder.0.weight", "decoder.0.bias", "log_sigma"):
        torch.testing.assert_close(plain[name], doubly[name])


def test_both_gradients_agree_in_expectation_for_the_encoder() -> None:
    model, x = linear_gaussian(1.5, 0.4), observations(4, 3).repeat(100_000, 1)
    plain, doubly = (gradients(model, x, 4, 7, doubly) for doubly in (False, True))
    for name in ("encoder.0.weight", "encoder.0.bias"):
        scale = plain[name].abs().max()
        assert scale > 0.05
        torch.testing.assert_close(plain[name] / scale, doubly[name] / scale, atol=0.06, rtol=0.0)


def test_the_doubly_reparameterised_gradient_has_less_variance_for_the_encoder() -> None:
    model, x = linear_gaussian(1.2, 0.2), observations(1, 3)
    spread = {}
    for doubly in (False, True):
        draws = torch.stack([gradients(model, x, 20, seed, doubly)["encoder.0.bias"] for seed in range(200)])
        spread[doubly] = draws.var(0).sum().item()
    assert spread[True] < spread[False]
