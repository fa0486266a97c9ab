"""What everybody solves: surfaces with known distances, trained decoders of images, and decoders of many dimensions."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

import surfaces
from benchmarks.peers.decoders import PAIRS, trained
from latentgeo import PullbackMetric
from latentgeo.decoder import Decoder

__all__ = ["CASES", "CLOSED_FORMS", "Case", "load"]

CLOSED_FORMS = ("sphere", "cylinder", "paraboloid", "torus")
# trained decoders, and how many latent dimensions untrained ones have
_TRAINED, _LATENT = ("mnist", "convolutional"), {f"{latent} dimensions": latent for latent in (5, 16, 32)}
CASES = (*CLOSED_FORMS, *_TRAINED, *_LATENT)
_MANY_PAIRS, _FEW_PAIRS = 50, 20
_RADIUS, _TUBE = 2.0, 0.8


@dataclass(frozen=True)
class Case:
    """One surface or decoder.

    Attributes:
        name: In the tables.
        group: The panel of the figure: closed forms, trained decoder, convolutional decoder, many dimensions.
        decoder: Latent points (batch, latent) to observations (batch, *obs), float64.
        obs: How many numbers an observation has.
        z0: Start points, (pairs, latent).
        z1: End points.
        reference: True distances (pairs,), or the least lengths that a long search found; NaN where nobody looked.
    """

    name: str
    group: str
    decoder: Decoder
    obs: int
    z0: Tensor
    z1: Tensor
    reference: Tensor


@cache
def load(name: str) -> Case:
    """A case by its name, the same in every process.

    Raises:
        ValueError: There is none of that name.
    """
    if name in _SURFACES:
        return _closed_form(name)
    # geomstats changes the default dtype, in which a decoder of float32 weights cannot be made
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        if name in _TRAINED:
            decoder, beside = trained(name)
            group = "trained decoder" if name == "mnist" else f"{name} decoder"
            # a forward pass of the convolutions takes fifty times as long
            z0, z1 = (beside[end][: None if name == "mnist" else _FEW_PAIRS] for end in ("z0", "z1"))
            best = beside.get("best", z0.new_full((len(z0),), float("nan")))[: len(z0)]
            return Case(name, group, decoder, 784, z0, z1, best)
        if name in _LATENT:
            latent = _LATENT[name]
            decoder = surfaces.random_mlp(latent, 512, 784)
            z0, z1 = surfaces.draw(_MANY_PAIRS, latent, -1, 1)
            return Case(name, "many dimensions", decoder, 784, z0, z1, z0.new_full((len(z0),), float("nan")))
    finally:
        torch.set_default_dtype(default)
    raise ValueError(f"no case {name!r}; found: {', '.join(CASES)}")


def _closed_form(name: str) -> Case:
    make, decoder = _SURFACES[name]
    surface = make()
    if decoder is None:
        if not isinstance(surface.metric, PullbackMetric):
            raise ValueError(f"{name}: a surface without a decoder needs an embedding")
        decoder = surface.metric.decoder
    z0, z1 = surface.ends(PAIRS)
    return Case(name, "closed forms", decoder, 3, z0, z1, surface.distance(z0, z1))


def _torus(z: Tensor) -> Tensor:
    """The torus of tests/surfaces.py, whose metric is given there without an embedding."""
    turn, bend = z.unbind(1)
    wide = _RADIUS + _TUBE * bend.cos()
    return torch.stack([wide * turn.cos(), wide * turn.sin(), _TUBE * bend.sin()], 1)


# the surface, and its embedding where its metric has none
_SURFACES: dict[str, tuple[Callable[[], surfaces.Surface], Decoder | None]] = {
    "sphere": (surfaces.sphere, None),
    "cylinder": (surfaces.cylinder, None),
    "paraboloid": (surfaces.paraboloid, None),
    "torus": (lambda: surfaces.torus(_RADIUS, _TUBE), _torus),
}
