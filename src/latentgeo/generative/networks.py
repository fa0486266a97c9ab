"""Multilayer perceptrons with smooth activations, initialised from a generator of their own.

Smoothness is a demand of the geometry: a piecewise linear decoder has a piecewise constant metric, whose derivative
is zero almost everywhere, so that a curve gets no gradient (Chen et al. 2018, section 3.2).
"""

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn

__all__ = ["INITIALISATIONS", "SMOOTH_ACTIVATIONS", "mlp", "smooth_activation"]

INITIALISATIONS = ("glorot", "torch")

SMOOTH_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "gelu": nn.GELU,
    "mish": nn.Mish,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}
_KINKED = {"celu", "elu", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "prelu", "relu", "relu6", "selu"}


def mlp(
    sizes: Sequence[int],
    activation: str,
    generator: torch.Generator,
    initialisation: str = "glorot",
    gain: float | int = 1.0,
) -> nn.Sequential:
    """Linear layers with a smooth activation between them and none after the last.

    Args:
        sizes: Widths from input to output, at least two.
        activation: A key of `SMOOTH_ACTIVATIONS`.
        generator: Draws the weights; the global random state stays untouched.
        initialisation: "glorot": weights uniform as Glorot and Bengio (2010) have them, biases zero; "torch": as
            `nn.Linear` has them, weights and biases uniform within 1 / sqrt(inputs).
        gain: Factor on the first layer's weights. With few inputs they start small, and the network nearly linear.

    Raises:
        ValueError: A width is not a positive integer, the activation is unknown or not smooth, the initialisation is
            unknown, or the gain is not a positive number.
    """
    if initialisation not in INITIALISATIONS:
        raise ValueError(f"no initialisation {initialisation!r}; found: {', '.join(INITIALISATIONS)}")
    if not 0 < gain < math.inf:
        raise ValueError(f"gain must be a positive number; got {gain!r}")
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"layer widths must be positive integers; got {size!r} in {list(sizes)}")
    make_activation = smooth_activation(activation)
    linear = [_linear(inputs, outputs, generator, initialisation) for inputs, outputs in itertools.pairwise(sizes)]
    with torch.no_grad():
        linear[0].weight.mul_(gain)
    layers = [layer for one in linear for layer in (one, make_activation())]
    return nn.Sequential(*layers[:-1])


def smooth_activation(name: str) -> type[nn.Module]:
    """The activation's class by its name.

    Raises:
        ValueError: The name is unknown, or it names an activation with a kink.
    """
    smooth = ", ".join(SMOOTH_ACTIVATIONS)
    if name in _KINKED:
        raise ValueError(
            f"activation {name!r} is not smooth: the metric needs the decoder's second derivative, which such an "
            f"activation makes zero or leaves undefined, so that geodesics get no gradient; use one of {smooth}"
        )
    if name not in SMOOTH_ACTIVATIONS:
        raise ValueError(f"no activation {name!r}; found: {smooth}")
    return SMOOTH_ACTIVATIONS[name]


def _linear(inputs: int, outputs: int, generator: torch.Generator, initialisation: str) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    bound = math.sqrt(6.0 / (inputs + outputs)) if initialisation == "glorot" else 1.0 / math.sqrt(inputs)
    with torch.no_grad():
        layer.weight.copy_((2 * torch.rand(outputs, inputs, generator=generator) - 1) * bound)
        if initialisation == "glorot":
            layer.bias.zero_()
        else:
            layer.bias.copy_((2 * torch.rand(outputs, generator=generator) - 1) * bound)
    return layer
