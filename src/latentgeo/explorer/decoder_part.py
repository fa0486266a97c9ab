"""What the page decodes with: the weights of a plain perceptron, or a lattice of what any other decoder gives."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from latentgeo.decoder import Decoder
from latentgeo.explorer.packed import halved, restored
from latentgeo.explorer.splines import as_halves, at, lattice_over, through
from latentgeo.geometry.chunks import in_parts
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.routes.layers import plain_layers

__all__ = ["decoder_part"]

Decode = Callable[[Tensor], Tensor]

# bytes of a decoder at most, before base64
_MOST_BYTES = 1_500_000
_SIZES = (33, 65, 129)
# functions that a lattice's values are sums of, at most; the share of the variance that may be left out of them; and
# the relative error below which no finer lattice is tried
_MOST_FUNCTIONS, _LEFT_OUT, _GOOD = 64, 1e-5, 0.01
_AT_ONCE = 256
_PLACES = 512


@torch.no_grad()
def decoder_part(decoder: Decoder, decode: Decode, z: Tensor, bounds: Bounds) -> dict[str, Any]:
    """A decoder for the page, JSON-able, with its relative error.

    Args:
        decoder: As it was given; its layers are looked at.
        decode: The same: points (batch, 2) of float64 to numbers (batch, obs), flattened.
        z: The data.
        bounds: Where it is decoded.
    """
    places = _places(z, bounds)
    truth = in_parts(decode, _AT_ONCE, places).double().cpu()
    layers = plain_layers(decoder)
    found = None if layers is None else _perceptron(layers)
    if found is not None:
        known = _run(found, places)
        return {"kind": "perceptron", "layers": found, "error": _error(known, truth)}
    coarse, _ = lattice_over(bounds, (_SIZES[0], _SIZES[0]))
    some = in_parts(decode, _AT_ONCE, coarse.nodes()).double().cpu()
    best = _lattice(decode, bounds, _SIZES[0], some, places, truth)
    for size in _SIZES[1:]:
        if best["error"] < _GOOD or _bytes(best) > _MOST_BYTES // 2:
            break
        best = min(best, _lattice(decode, bounds, size, some, places, truth), key=lambda made: made["error"])
    return best


def _perceptron(layers: Sequence[nn.Module]) -> list[dict[str, Any]] | None:
    """The layers with rounded weights; None where they are too many, or one is not known to the page."""
    numbers = sum(weight.numel() for layer in layers for weight in layer.parameters())
    found = [_linear(layer) if isinstance(layer, nn.Linear) else _activation(layer) for layer in layers]
    return None if None in found or 2 * numbers > _MOST_BYTES else [one for one in found if one is not None]


def _linear(layer: nn.Linear) -> dict[str, Any]:
    bias = torch.zeros(layer.out_features) if layer.bias is None else layer.bias
    return {"weight": halved(_array(layer.weight)), "bias": halved(_array(bias))}


def _activation(layer: nn.Module) -> dict[str, Any] | None:
    """An activation that page/decoder.js knows by the same name."""
    match layer:
        case nn.Softplus():
            return {"activation": "softplus", "with": float(layer.beta)}
        case nn.LeakyReLU():
            return {"activation": "leaky_relu", "with": float(layer.negative_slope)}
        case nn.ELU():
            return {"activation": "elu", "with": float(layer.alpha)}
        case nn.Tanh() | nn.Sigmoid() | nn.ReLU() | nn.SiLU() | nn.Mish():
            return {"activation": type(layer).__name__.lower(), "with": 1.0}
        case _:
            return None


def _run(layers: Sequence[dict[str, Any]], z: Tensor) -> Tensor:
    """What the page will decode."""
    makers: dict[str, Callable[[float], nn.Module]] = {
        "softplus": lambda beta: nn.Softplus(beta),
        "leaky_relu": lambda slope: nn.LeakyReLU(slope),
        "elu": lambda alpha: nn.ELU(alpha),
        "tanh": lambda _: nn.Tanh(),
        "sigmoid": lambda _: nn.Sigmoid(),
        "relu": lambda _: nn.ReLU(),
        "silu": lambda _: nn.SiLU(),
        "mish": lambda _: nn.Mish(),
    }
    h = z
    for layer in layers:
        if "weight" in layer:
            h = h @ torch.as_tensor(restored(layer["weight"])).T + torch.as_tensor(restored(layer["bias"]))
        else:
            h = makers[layer["activation"]](layer["with"])(h)
    return h


def _lattice(decode: Decode, bounds: Bounds, size: int, some: Tensor, places: Tensor, truth: Tensor) -> dict[str, Any]:
    """Values on a lattice as splines of few functions: sums of these times the principal directions of `some`."""
    mean, basis = _basis(some, truth.shape[1], size)
    lattice, beyond = lattice_over(bounds, (size, size))
    scores = in_parts(lambda nodes: (decode(nodes).double().cpu() - mean) @ basis.T, _AT_ONCE, lattice.nodes())
    halves, rounded = as_halves(through(scores, lattice, beyond))
    mean_halves, basis_halves = halved(mean.numpy()), halved(basis.numpy())
    known = at(rounded, places) @ torch.as_tensor(restored(basis_halves)) + torch.as_tensor(restored(mean_halves))
    return {
        "kind": "lattice",
        "size": size,
        "corner": rounded.corner.tolist(),
        "step": rounded.step.tolist(),
        "scores": halves,
        "basis": basis_halves,
        "mean": mean_halves,
        "error": _error(known, truth),
    }


def _basis(some: Float[Tensor, "points obs"], width: int, size: int) -> tuple[Tensor, Tensor]:
    """Mean and principal directions (functions, obs): as many as leave little out and as there is room for."""
    mean = some.mean(0)
    rows = some - mean
    variance, turn = torch.linalg.eigh(rows @ rows.T)
    variance, turn = variance.flip(0).clamp(min=0), turn.flip(1)
    left = 1 - variance.cumsum(0) / variance.sum().clamp(min=torch.finfo(variance.dtype).tiny)
    room = _MOST_BYTES // (2 * (width + (size + 2) ** 2))
    count = max(1, min(int((left > _LEFT_OUT).sum()) + 1, _MOST_FUNCTIONS, room, width))
    directions = turn[:, :count].T @ rows
    return mean, directions / directions.norm(dim=1, keepdim=True).clamp(min=torch.finfo(rows.dtype).tiny)


def _places(z: Tensor, bounds: Bounds) -> Tensor:
    """Points at which the page's decoder is held against the true one: of the data, and anywhere in the box."""
    generator = torch.Generator().manual_seed(1)
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    anywhere = low + (high - low) * torch.rand(_PLACES // 2, 2, dtype=torch.float64, generator=generator)
    return torch.cat([z.double().cpu()[torch.randint(len(z), (_PLACES // 2,), generator=generator)], anywhere])


def _error(known: Tensor, truth: Tensor) -> float:
    """Root mean square of what is wrong, over that of what varies."""
    varies = (truth - truth.mean(0)).square().mean().sqrt()
    return float((known - truth).square().mean().sqrt() / varies.clamp(min=torch.finfo(truth.dtype).tiny))


def _bytes(made: dict[str, Any]) -> int:
    return sum(2 * int(np.prod(made[name]["shape"])) for name in ("scores", "basis", "mean"))


def _array(weight: Tensor) -> np.ndarray:
    return weight.detach().double().cpu().numpy()
