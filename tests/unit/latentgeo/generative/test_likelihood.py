"""The log-densities against torch.distributions, constants included."""

import math

import torch
from torch.distributions import Bernoulli, Independent, Normal

from latentgeo.generative.likelihood import (
    bernoulli_log_likelihood,
    diagonal_normal_log_density,
    gaussian_log_likelihood,
    standard_normal_log_density,
)

SAMPLES, BATCH, OBS, LATENT = 3, 4, 7, 2


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_bernoulli_agrees_with_torch() -> None:
    logits, x = 3 * draw(SAMPLES, BATCH, OBS), (draw(BATCH, OBS, seed=1) > 0).double()
    expected = Independent(Bernoulli(logits=logits), 1).log_prob(x)
    torch.testing.assert_close(bernoulli_log_likelihood(logits, x), expected)


def test_bernoulli_gradient_is_that_of_autograd() -> None:
    x = (draw(BATCH, OBS, seed=1) > 0).double()
    by_hand, by_autograd = (
        (3 * draw(SAMPLES, BATCH, OBS)).requires_grad_(),
        (3 * draw(SAMPLES, BATCH, OBS)).requires_grad_(),
    )
    upstream = draw(SAMPLES, BATCH, seed=2)
    (bernoulli_log_likelihood(by_hand, x) * upstream).sum().backward()
    (Independent(Bernoulli(logits=by_autograd), 1).log_prob(x) * upstream).sum().backward()
    torch.testing.assert_close(by_hand.grad, by_autograd.grad)


def test_bernoulli_is_finite_for_certain_logits() -> None:
    logits = torch.tensor([[[200.0, -200.0]]])
    assert bernoulli_log_likelihood(logits, torch.tensor([[1.0, 0.0]])).item() == 0.0
    assert bernoulli_log_likelihood(logits, torch.tensor([[0.0, 1.0]])).item() == -400.0


def test_gaussian_agrees_with_torch() -> None:
    mean, x, log_sigma = draw(SAMPLES, BATCH, OBS), draw(BATCH, OBS, seed=1), torch.tensor(-1.3, dtype=torch.float64)
    expected = Independent(Normal(mean, math.exp(-1.3)), 1).log_prob(x)
    torch.testing.assert_close(gaussian_log_likelihood(mean, x, log_sigma), expected)


def test_gaussian_at_its_mean_is_the_normalising_constant() -> None:
    x = draw(BATCH, OBS)
    found = gaussian_log_likelihood(x.unsqueeze(0), x, torch.tensor(math.log(0.05), dtype=torch.float64))
    expected = torch.full((1, BATCH), -OBS * math.log(0.05 * math.sqrt(2 * math.pi)), dtype=torch.float64)
    torch.testing.assert_close(found, expected)


def test_prior_and_posterior_agree_with_torch() -> None:
    z, mean, log_std = draw(SAMPLES, BATCH, LATENT), draw(BATCH, LATENT, seed=1), draw(BATCH, LATENT, seed=2)
    zero, one = torch.zeros_like(z), torch.ones_like(z)
    torch.testing.assert_close(standard_normal_log_density(z), Independent(Normal(zero, one), 1).log_prob(z))
    expected = Independent(Normal(mean, log_std.exp()), 1).log_prob(z)
    torch.testing.assert_close(diagonal_normal_log_density(z, mean, log_std), expected)
