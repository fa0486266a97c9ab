"""Fisher information as the second derivative of the Kullback-Leibler divergence, for families that torch has it of."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, kl_divergence

from latentgeo.errors import DecoderError
from latentgeo.geometry.likelihoods.chart import Chart, by_logits
from latentgeo.geometry.likelihoods.differences import second_fits, slope_fits
from latentgeo.torch_faults import ONE_AT_A_TIME

__all__ = ["by_divergence"]

# of a distribution from itself, by rounding
_NOTHING = 1e-4


def by_divergence(of: Distribution) -> Chart:
    """A family in its own parameters, as torch names them.

    Raises:
        DecoderError: torch has no divergence, no distribution can be made of other parameters, or the divergence is not
            smooth: by torch's derivatives it grows otherwise than by its values.
    """
    try:
        family = _Family(of)
        y = family.coordinates(of)
        found = family.divergence(y, y)
    except NotImplementedError:
        raise DecoderError(_refusal(of, "torch has no Kullback-Leibler divergence between two of them")) from None
    except Exception as error:
        raise DecoderError(_refusal(of, f"no other of the kind can be made of its parameters ({error})")) from error
    along = y.roll(1, 0) - y

    def from_here(moved: Tensor) -> Tensor:
        return family.divergence(y, moved)

    fits = second_fits(from_here, y, along, (along * family.lowered(y, along)).sum(1))
    if not (bool((found.abs() < _NOTHING).all()) and fits and slope_fits(family.lowered, y)):
        raise DecoderError(
            _refusal(of, "their Kullback-Leibler divergence is not smooth, or torch differentiates it wrongly")
        )
    return Chart(f"{type(of).__name__}, by divergence", family.coordinates, family.lowered)


class _Family:
    """Distributions of one kind, made anew of coordinates: all parameters that a point has, one after the other."""

    def __init__(self, of: Distribution) -> None:
        self.kind: Any = type(of)
        names = [name for name in of.arg_constraints if name in vars(of)] or list(of.arg_constraints)
        if {"probs", "logits"} <= {*names}:
            names.remove("probs" if by_logits(of) else "logits")
        given = {name: getattr(of, name) for name in names}
        points = of.batch_shape[:1]
        self.others = {name: value for name, value in given.items() if not _varies(value, points)}
        self.shapes = {name: value.shape[1:] for name, value in given.items() if name not in self.others}

    def coordinates(self, of: Distribution) -> Tensor:
        parameters = (getattr(of, name) for name in self.shapes)
        return torch.cat([parameter.reshape(len(parameter), -1) for parameter in parameters], 1)

    def made(self, y: Tensor) -> Distribution:
        parts = y.split([math.prod(shape) for shape in self.shapes.values()], 1)
        pairs = zip(self.shapes.items(), parts, strict=True)
        given = {name: part.reshape(len(y), *shape) for (name, shape), part in pairs}
        return self.kind(**self.others, **given, validate_args=False)

    def divergence(self, first: Tensor, second: Tensor) -> Tensor:
        """Of each point, (batch,), summed over outputs."""
        return kl_divergence(self.made(first), self.made(second)).reshape(len(first), -1).sum(1)

    def lowered(self, y: Tensor, dy: Tensor) -> Tensor:
        """The second derivative by the second distribution, times dy."""
        first = y

        def total(second: Tensor) -> Tensor:
            return self.divergence(first, second).sum()

        with ONE_AT_A_TIME, torch.enable_grad():
            return torch.func.jvp(torch.func.grad(total), (y.contiguous(),), (dy.contiguous(),))[1]


def _varies(value: Any, points: torch.Size) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.shape[:1] == points


def _refusal(of: Distribution, why: str) -> str:
    return (
        f"the Fisher information of {type(of).__name__} is not known here, and {why}; give it as a function: "
        "FisherRaoMetric(decoder, information=...)"
    )
