"""Decoders of every kind, each from its number alone."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from fuzz.decoder_draw import WIDTH, Apply, Draw, Kind
from fuzz.decoder_faults import FAULTY_PARTS
from fuzz.decoder_outputs import OUTPUTS, WRAPPERS
from fuzz.decoder_parts import ACTIVATIONS, PARTS

__all__ = ["Generated", "generated"]

_LATENT = (1, 2, 2, 2, 2, 3, 5, 8, 16)
_OBS = (3, 3, 5, 6, 12, 20)
# go through their batch row by row
_LOOPS = {"row by row", "nested tensor", "item", "branch on a row", "tensorinv", "multi_dot", "batch of one each"}
_PLAIN = {"Tanh", "Sigmoid"}
_PIECEWISE_LINEAR = {"ReLU", "LeakyReLU", "ReLU6", "Hardtanh", "Softshrink", "PReLU", "RReLU"}
# of latent points: how far apart they are
_SCALES = (1.0,) * 12 + (1e-3, 30.0)


@dataclass(frozen=True)
class Generated:
    """A decoder and where to ask it.

    Attributes:
        name: Of all that it is made of.
        decoder: Latent points to whatever it returns.
        output: The observation's name, if it needs one.
        kind: How good an answer can be.
        plain: Whether it is a Sequential of linear layers with tanh and sigmoid.
        piecewise_linear: Whether it is a Sequential of linear layers with ReLU and the like.
        observed: Latent points to observations (batch, obs), without the library.
        z: Two latent points.
        scale: By how much latent points spread.
        probe: Whether to name the points to probe at.
    """

    name: str
    decoder: Callable[[Tensor], Any]
    output: str | int | None
    kind: Kind
    plain: bool
    piecewise_linear: bool
    observed: Callable[[Tensor], Tensor]
    z: Tensor
    scale: float
    probe: bool


def generated(number: int, dtype: torch.dtype | None = None) -> Generated:
    """The decoder of a number; every eighth is of float32, but in another dtype where one is asked for."""
    dtype = dtype or (torch.float32 if number % 8 == 7 else torch.float64)
    draw = Draw(number, dtype)
    with torch.random.fork_rng(), warnings.catch_warnings():
        # torch's own layers and functions are deprecated now and then
        warnings.simplefilter("ignore")
        torch.manual_seed(number)
        return _plain(draw) if number % 5 == 0 else _composed(draw, number)


def _plain(draw: Draw) -> Generated:
    latent, obs = draw.choice(_LATENT), draw.choice(_OBS)
    widths = [latent, *(draw.choice([4, 8, 16, 32]) for _ in range(draw.choice([1, 2, 3]))), obs]
    layers: list[nn.Module] = []
    kinds, names = [], []
    for position, (before, after) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(before, after))
        if position < len(widths) - 2 or draw.random.random() < 0.3:
            name = draw.choice(list(ACTIVATIONS))
            activation, kind = ACTIVATIONS[name]
            layers.append(activation())
            names.append(name)
            kinds.append(kind)
    if draw.random.random() < 0.3:
        layers = [nn.Sequential(*layers[:2]), nn.Dropout(), nn.Identity(), *layers[2:]]
    module = nn.Sequential(*layers)
    return _finished(draw, module, latent, "tensor", "none", names, kinds, plain=True)


def _composed(draw: Draw, number: int) -> Generated:
    latent, obs = draw.choice(_LATENT), draw.choice(_OBS)
    every = PARTS + FAULTY_PARTS
    # neighbouring numbers have all parts between them
    first = every[(number * 89) % len(every)]
    others = [draw.choice(PARTS) for _ in range(draw.choice([0, 0, 1, 2]))]
    if draw.random.random() < 0.1:
        others.append(draw.choice(FAULTY_PARTS))
    parts = [first, *others]
    draw.random.shuffle(parts)
    wrapper = draw.choice(list(WRAPPERS)) if draw.random.random() < 0.5 else "none"
    if wrapper == "one unbatched call" or any(part.name in _LOOPS for part in parts):
        latent = min(latent, 3)
    layers: list[nn.Module] = [nn.Linear(latent, WIDTH), nn.Tanh()]
    names, kinds = [], []
    for part in parts:
        name = draw.choice(list(ACTIVATIONS)) if draw.random.random() < 0.3 else "Tanh"
        activation, kind = ACTIVATIONS[name]
        layers += [part.make(draw), nn.Linear(WIDTH, WIDTH), activation()]
        names += [part.name, name]
        kinds += [part.kind, kind]
    layers.append(nn.Linear(WIDTH, obs))
    output = draw.choice(list(OUTPUTS)) if draw.random.random() < 0.4 else "tensor"
    if wrapper in ("traced", "vmapped point by point", "one unbatched call", "hook"):
        output = "tensor"
    return _finished(draw, nn.Sequential(*layers), latent, output, wrapper, names, kinds, plain=False)


def _finished(
    draw: Draw,
    module: nn.Module,
    latent: int,
    output: str,
    wrapper: str,
    names: list[str],
    kinds: list[Kind],
    *,
    plain: bool,
) -> Generated:
    with torch.no_grad():
        for child in module.modules():
            if isinstance(child, nn.Linear) and isinstance(child.weight, nn.Parameter):
                child.weight.mul_(1.7)
    module = module.to(draw.dtype).eval()
    returned, wrapped = OUTPUTS[output], WRAPPERS[wrapper]
    piecewise_linear = plain and set(names) <= _PIECEWISE_LINEAR
    plain = plain and set(names) <= _PLAIN
    scale = draw.choice(_SCALES)
    if scale != 1:
        inner = module
        module = Apply(lambda z: inner(z / scale))
        module.add_module("linear", inner)
        plain = False
    if output != "tensor":
        body = module
        module = nn.Sequential(body, Apply(returned.make))
        plain = False
    module = module.eval()
    decoder = wrapped.make(draw, module)
    names = [str(draw.dtype).removeprefix("torch."), f"latent {latent}", *names, output, wrapper, f"scale {scale:g}"]

    def observed(z: Tensor) -> Tensor:
        with torch.no_grad():
            return returned.value(decoder(z.clone())).flatten(1)

    z = draw.tensor(2, latent, scale=scale / math.sqrt(latent) * draw.choice([1.0, 1.5]))
    worst = max([*kinds, returned.kind, wrapped.kind], key=lambda kind: kind.value)
    if worst is Kind.REFUSED and wrapper in ("vmapped point by point", "one unbatched call"):
        # a batch of one has nothing to mix
        worst = Kind.ODD
    probe = scale != 1 or draw.choice([True, False])
    return Generated(
        ", ".join(names), decoder, returned.picked, worst, plain, piecewise_linear, observed, z, scale, probe
    )
