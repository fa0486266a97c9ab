"""A float32 module in float64: what its derivatives are held against, which in float32 differences tell poorly."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from latentgeo.decoder import Decoder, decode
from latentgeo.geometry.routes.forward import ForwardMode
from latentgeo.geometry.routes.layers import Layers, plain_layers
from latentgeo.geometry.routes.reverse import by_reverse_mode
from latentgeo.geometry.routes.route import Route
from latentgeo.geometry.routes.tower import Directional, Tower
from latentgeo.outputs import Output

__all__ = ["in_double", "in_single"]

# of the largest value: by how much float32 may differ from float64
_ALIKE = 1e-3


def in_double(decoder: Decoder, z: Tensor, output: Output) -> Decoder | None:
    """The decoder with float64 weights; None if it is no module, or does not compute the same in float64.

    Args:
        decoder: The decoder; its weights are read anew at each call, unless these are plain layers.
        z: Latent points to compare both at.
        output: Which of several outputs is the observation.
    """
    if not isinstance(decoder, nn.Module):
        return None
    try:
        double = deepcopy(decoder).double() if plain_layers(decoder) is not None else _with_double_weights(decoder)
        here, there = decode(decoder, z, output), decode(double, z.double(), output)
    except Exception:
        # a constant in float32, say, or a weight that cannot be copied
        return None
    alike = here.shape == there.shape and float((here - there).abs().max()) <= _ALIKE * float(there.abs().max())
    return double if alike else None


def in_single(route: Route, decoder: Decoder, output: Output) -> Route:
    """The route of a decoder in float64, for the same decoder in float32."""

    def function(z: Tensor) -> Tensor:
        return decode(decoder, z, output)

    layers = plain_layers(decoder)
    if isinstance(route, Layers) and layers is not None:
        return Layers(layers)
    if isinstance(route, ForwardMode):
        return ForwardMode(function, route.cheap)
    if isinstance(route, Tower) and route.name == "reverse mode":
        return Tower(by_reverse_mode(function), route.name)
    if isinstance(route, Tower):
        return Tower(_rounded(route.source), route.name)
    return route


def _rounded(source: Directional) -> Directional:
    """Differences of float32 values would be too coarse: they are taken in float64."""
    return lambda *rows: source(*(row.double() for row in rows)).to(rows[0])


def _with_double_weights(decoder: nn.Module) -> Decoder:
    def double(z: Tensor) -> Any:
        state = {**dict(decoder.named_parameters()), **dict(decoder.named_buffers())}
        weights = {name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
        return torch.func.functional_call(decoder, weights, (z,))

    return double
