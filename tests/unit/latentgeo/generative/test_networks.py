"""Perceptrons: shape, initialisation from the generator, and the refusal of activations with a kink."""

import pytest
import torch
from torch import nn

from latentgeo.generative.networks import SMOOTH_ACTIVATIONS, mlp


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("activation", sorted(SMOOTH_ACTIVATIONS))
def test_has_an_activation_between_layers_and_none_after_the_last(activation: str) -> None:
    net = mlp([2, 5, 4, 3], activation, generator())
    kinds = [type(layer) for layer in net]
    smooth = SMOOTH_ACTIVATIONS[activation]
    assert kinds == [nn.Linear, smooth, nn.Linear, smooth, nn.Linear]
    assert net(torch.zeros(6, 2)).shape == (6, 3)


def test_weights_come_from_the_generator_alone() -> None:
    before = torch.get_rng_state()
    first, second, other = (mlp([3, 4, 2], "tanh", generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(first[0].weight, other[0].weight)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "hardtanh"])
def test_refuses_an_activation_with_a_kink_and_says_why(activation: str) -> None:
    with pytest.raises(ValueError, match=f"'{activation}' is not smooth.*second derivative.*use one of gelu"):
        mlp([2, 2, 2], activation, generator())


def test_an_unknown_activation_lists_the_known() -> None:
    with pytest.raises(ValueError, match="no activation 'tahn'; found: gelu, mish, sigmoid, silu, softplus, tanh"):
        mlp([2, 2, 2], "tahn", generator())


@pytest.mark.parametrize("width", [0, -1, True])
def test_refuses_a_width_that_is_not_a_positive_integer(width: int) -> None:
    with pytest.raises(ValueError, match="widths must be positive integers"):
        mlp([2, width, 2], "tanh", generator())


def test_a_gain_may_be_a_whole_number() -> None:
    """As a configuration has it."""
    whole, real = (mlp([2, 3, 1], "tanh", torch.Generator().manual_seed(0), "torch", gain) for gain in (10, 10.0))
    assert all(map(torch.equal, whole.parameters(), real.parameters()))
