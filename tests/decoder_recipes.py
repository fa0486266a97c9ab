"""Decoders from recipes: what they are made of, in a record whose repr makes the same decoder again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from fuzz.decoder_draw import Draw, Kind
from fuzz.decoder_outputs import OUTPUTS, WRAPPERS
from fuzz.decoder_parts import ACTIVATIONS

__all__ = ["CONTINUOUS", "SMOOTH", "Layer", "Recipe", "recipes"]

SMOOTH = [name for name, (_, kind) in ACTIVATIONS.items() if kind is Kind.SMOOTH]
"""Activations all of whose derivatives are continuous."""
CONTINUOUS = [name for name, (_, kind) in ACTIVATIONS.items() if kind is not Kind.ODD]
"""These and those with kinks."""

_NORMS: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda width: nn.Identity(),
    "layer": nn.LayerNorm,
    "batch": nn.BatchNorm1d,
    "group": lambda width: nn.GroupNorm(max(1, width // 8), width),
}
# reshaped, in containers, distributions; and as they are more often than each of these
_RETURNED = [
    "tensor", "tensor", "tensor", "tensor", "image", "expanded", "transposed", "strided",
    "tuple of one", "tuple", "dict", "namedtuple", "Normal", "Bernoulli", "Independent", "dict of distribution",
]  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """A hidden layer: linear, a norm ("none", "layer", "batch", "group"), an activation of `ACTIVATIONS`."""

    width: int
    activation: str = "Tanh"
    norm: str = "none"


@dataclass(frozen=True)
class Recipe:
    """A decoder of float64, in evaluation mode.

    Attributes:
        latent: Latent dimensions.
        layers: The hidden ones.
        obs: Numbers of the last layer.
        residual: Whether hidden layers of the width before them are added to what they are given.
        wrapper: Of `WRAPPERS`.
        returned: Of `OUTPUTS`.
        gain: Of the weights, times the square root of the inputs to each unit.
        seed: Of the weights, biases and running statistics.
    """

    latent: int
    layers: tuple[Layer, ...]
    obs: int = 8
    residual: bool = False
    wrapper: str = "none"
    returned: str = "tensor"
    gain: float = 1.5
    seed: int = 0

    @property
    def smooth(self) -> bool:
        """Whether all derivatives are continuous."""
        return all(layer.activation in SMOOTH for layer in self.layers)

    @property
    def output(self) -> str | int | None:
        """The observation's name, where it needs one."""
        return OUTPUTS[self.returned].picked

    def decoder(self) -> Callable[[Tensor], Any]:
        """The decoder, made anew."""
        body = self._module().double()
        generator = torch.Generator().manual_seed(self.seed)
        for module in body.modules():
            _fill(module, self.gain, generator)
        body = body.eval().requires_grad_(False)
        if self.returned != "tensor":
            body = nn.Sequential(body, _Returns(OUTPUTS[self.returned].make)).eval()
        return WRAPPERS[self.wrapper].make(Draw(self.seed, torch.float64), body)

    def observed(self) -> Callable[[Tensor], Tensor]:
        """Latent points to observations (batch, obs), without the library."""
        decoder = self.decoder()
        return lambda z: OUTPUTS[self.returned].value(decoder(z)).flatten(1)

    def _module(self) -> nn.Sequential:
        blocks: list[nn.Module] = []
        before = self.latent
        for layer in self.layers:
            parts = [
                nn.Linear(before, layer.width),
                _NORMS[layer.norm](layer.width),
                ACTIVATIONS[layer.activation][0](),
            ]
            parts = [part for part in parts if not isinstance(part, nn.Identity)]
            blocks += [_Added(*parts)] if self.residual and before == layer.width else parts
            before = layer.width
        return nn.Sequential(*blocks, nn.Linear(before, self.obs))


def recipes(latent: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Recipe]:
    """Of 1 to 16 latent dimensions, 1 to 4 hidden layers, and all else that a recipe has; every other one is smooth."""
    return st.builds(
        Recipe,
        latent=st.integers(1, 16) if latent is None else latent,
        layers=st.one_of(*(_layers(names, norms) for names in (SMOOTH, CONTINUOUS) for norms in (["none"], _NORMS))),
        obs=st.integers(1, 24),
        residual=st.booleans(),
        wrapper=st.sampled_from([*["none"] * 5, "module", "function", "method", "object"]),
        returned=st.sampled_from(_RETURNED),
        gain=st.sampled_from([0.7, 1.0, 1.5, 2.0]),
        seed=st.integers(0, 10_000),
    )


def _layers(activations: Iterable[str], norms: Iterable[str]) -> st.SearchStrategy[tuple[Layer, ...]]:
    layer = st.builds(
        Layer,
        width=st.sampled_from([4, 8, 16, 32]),
        activation=st.sampled_from(list(activations)),
        norm=st.sampled_from(list(norms)),
    )
    return st.lists(layer, min_size=1, max_size=4).map(tuple)


class _Added(nn.Sequential):
    """A residual connection."""

    def forward(self, input: Tensor) -> Tensor:
        return input + super().forward(input)


class _Returns(nn.Module):
    def __init__(self, make: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.make = make

    def forward(self, x: Tensor) -> Any:
        return self.make(x)


@torch.no_grad()
def _fill(module: nn.Module, gain: float, generator: torch.Generator) -> None:
    def draw(like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=generator, dtype=like.dtype)

    if isinstance(module, nn.Linear):
        module.weight.copy_(gain * draw(module.weight) / module.in_features**0.5)
        module.bias.copy_(draw(module.bias) / 2)
    elif isinstance(module, nn.LayerNorm | nn.BatchNorm1d | nn.GroupNorm):
        module.weight.copy_(1 + draw(module.weight) / 4)
        module.bias.copy_(draw(module.bias) / 4)
    if isinstance(module, nn.BatchNorm1d):
        assert module.running_mean is not None
        assert module.running_var is not None
        module.running_mean.copy_(draw(module.running_mean) / 2)
        module.running_var.copy_((draw(module.running_var) / 4).exp())
