"""What everybody solves: surfaces with known distances, and a decoder of images, each with its pairs of points."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import surfaces
from latentgeo import PullbackMetric
from latentgeo.decoder import Decoder
from latentgeo.generative import IWAE
from replication.models import checkpoints

__all__ = ["CLOSED_FORMS", "Case", "decoder_name", "load"]

ROOT = Path(__file__).parents[2]
TRAINED = ROOT / "results" / "paper" / "mnist" / "seed0"
CLOSED_FORMS = ("sphere", "cylinder", "paraboloid", "torus")
_PAIRS = 100
_RADIUS, _TUBE = 2.0, 0.8


@dataclass(frozen=True)
class Case:
    """One surface or decoder.

    Attributes:
        name: In the tables.
        group: The panel of the figure: closed forms, trained decoder, untrained decoder.
        decoder: Latent points (batch, 2) to observations (batch, obs), float64.
        obs: How many numbers an observation has.
        z0: Start points, (pairs, 2).
        z1: End points.
        reference: True distances (pairs,); NaN where nobody knows them.
    """

    name: str
    group: str
    decoder: Decoder
    obs: int
    z0: Tensor
    z1: Tensor
    reference: Tensor


def decoder_name() -> str:
    """The trained MNIST decoder where its weights are, else one with the same layers and random weights."""
    return "mnist" if (TRAINED / "model.safetensors").is_file() else "untrained"


@cache
def load(name: str) -> Case:
    """A case by its name, the same in every process.

    Raises:
        ValueError: There is none of that name.
    """
    if name in _SURFACES:
        return _closed_form(name)
    if name == "mnist":
        model = _trained(TRAINED / "model.safetensors")
        with np.load(TRAINED / "geodesics.npz") as stored:
            ends = [torch.from_numpy(stored[key]) for key in ("z0", "z1")]
        return _decoder_case(name, "trained decoder", model.decoder, *ends)
    if name == "untrained":
        decoder = surfaces.random_mlp(2, 512, 784)
        return _decoder_case(name, "untrained decoder", decoder, *surfaces.draw(_PAIRS, 2, -1, 1))
    raise ValueError(f"no case {name!r}; found: {', '.join(_SURFACES)}, mnist, untrained")


def _closed_form(name: str) -> Case:
    make, decoder = _SURFACES[name]
    surface = make()
    if decoder is None:
        if not isinstance(surface.metric, PullbackMetric):
            raise ValueError(f"{name}: a surface without a decoder needs an embedding")
        decoder = surface.metric.decoder
    z0, z1 = surface.ends(_PAIRS)
    return Case(name, "closed forms", decoder, 3, z0, z1, surface.distance(z0, z1))


def _decoder_case(name: str, group: str, decoder: nn.Module, z0: Tensor, z1: Tensor) -> Case:
    return Case(name, group, decoder, 784, z0, z1, z0.new_full((len(z0),), float("nan")))


def _trained(path: Path) -> IWAE:
    """The model in float64; geomstats changes the default dtype, in which a model of float32 weights cannot be made."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        return checkpoints.load(path).double().eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(default)


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
