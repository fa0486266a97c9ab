"""The autoencoder: its parts, its weights against torch.distributions, and its demands."""

import json
import math

import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal

from latentgeo.generative import IWAE


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def observations(rows: int = 4, obs: int = 6) -> torch.Tensor:
    return (torch.rand(rows, obs, generator=generator(9)) < 0.5).float()


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_log_weights_agree_with_torch_distributions(likelihood: str) -> None:
    model, x = IWAE(6, hidden=(5, 4), likelihood=likelihood, generator=generator()), observations()
    mean, log_std = model.encode(x)
    z = model.sample(mean, log_std, 3, generator(1))
    decoded = model.decoder(z)
    sigma = model.sigma
    observed = Bernoulli(decoded) if sigma is None else Normal(decoded, sigma)
    prior = Normal(torch.zeros_like(z), torch.ones_like(z))
    expected = (
        Independent(observed, 1).log_prob(x)
        + Independent(prior, 1).log_prob(z)
        - Independent(Normal(mean, log_std.exp()), 1).log_prob(z)
    )
    torch.testing.assert_close(model.log_weights(x, 3, generator(1)), expected)


def test_decoder_is_a_plain_sequential_that_gives_the_mean() -> None:
    bernoulli, gaussian = (IWAE(6, hidden=(5,), likelihood=name) for name in ("bernoulli", "gaussian"))
    assert [type(layer) for layer in bernoulli.decoder] == [nn.Linear, nn.Tanh, nn.Linear, nn.Sigmoid]
    assert [type(layer) for layer in gaussian.decoder] == [nn.Linear, nn.Tanh, nn.Linear]
    decoded = bernoulli.decoder(torch.randn(3, 2, generator=generator()))
    assert bool(((decoded > 0) & (decoded < 1)).all())


def test_encoder_has_the_hidden_layers_in_reverse() -> None:
    model = IWAE(6, latent=3, hidden=(5, 4))
    widths = [layer.out_features for layer in model.encoder if isinstance(layer, nn.Linear)]
    assert widths == [4, 5, 6]


def test_architecture_rebuilds_the_networks() -> None:
    model = IWAE(6, latent=3, hidden=(5, 4), activation="softplus", likelihood="gaussian", sigma=0.5)
    twin = IWAE(**json.loads(json.dumps(model.architecture)))
    assert twin.architecture == model.architecture
    assert {n: p.shape for n, p in twin.named_parameters()} == {n: p.shape for n, p in model.named_parameters()}


def test_sigma_is_that_of_the_gaussian_and_none_for_the_bernoulli() -> None:
    assert IWAE(6).sigma is None
    assert IWAE(6, likelihood="gaussian").sigma == 1.0
    assert IWAE(6, likelihood="gaussian", sigma=0.3).sigma == pytest.approx(0.3)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_centred_output_starts_at_the_mean(likelihood: str) -> None:
    model, mean = IWAE(4, likelihood=likelihood), torch.tensor([0.0, 0.2, 0.7, 1.0])
    with torch.no_grad():
        for layer in model.decoder:
            if isinstance(layer, nn.Linear):
                layer.weight.zero_()
    model.centre_output(mean)
    expected = mean.clamp(0.001, 0.999) if likelihood == "bernoulli" else mean
    torch.testing.assert_close(model.decoder(torch.zeros(1, 2))[0], expected)


def test_bfloat16_moves_the_weights_by_little_and_keeps_their_type() -> None:
    model, x = IWAE(6, hidden=(32, 32)), observations()
    z = torch.randn(3, 4, 2, generator=generator())
    narrow = model.log_joint(x, z, bfloat16=True)
    assert narrow.dtype == torch.float32
    torch.testing.assert_close(narrow, model.log_joint(x, z), atol=0.1, rtol=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"likelihood": "poisson"}, "no likelihood 'poisson'; found: bernoulli, gaussian"),
        ({"sigma": 0.1}, "a Bernoulli likelihood has no sigma; got sigma=0.1"),
        ({"likelihood": "gaussian", "sigma": -1.0}, "sigma must be a positive number; got -1.0"),
        ({"likelihood": "gaussian", "sigma": math.nan}, "sigma must be a positive number; got nan"),
        ({"activation": "relu"}, "activation 'relu' is not smooth"),
        ({"latent": 0}, "widths must be positive integers; got 0"),
    ],
)
def test_refuses_bad_arguments(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IWAE(6, **arguments)
