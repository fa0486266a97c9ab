"""The von Mises-Fisher distribution of directions, and its Fisher information.

With A = I_(d/2) / I_(d/2-1), the mean length: ds^2 = k A |dm|^2 + A' dk^2 for a mean direction m and a concentration k
(Mardia and Jupp 2000, "Directional statistics", section 10.3). For one k this is a sphere of radius sqrt(k A).
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints

from latentgeo.geometry.likelihoods.bessel import log_scaled, scaled_ratio, scaled_ratio_and_slope
from latentgeo.geometry.likelihoods.chart import Chart, is_fixed, of_each

__all__ = ["VonMisesFisher", "von_mises", "von_mises_fisher"]


class VonMisesFisher(Distribution):
    """Directions on the unit sphere around a mean one, with density proportional to exp(concentration loc . x).

    For `FisherRaoMetric`, and as a likelihood to train with; it does not sample.

    Args:
        loc: Mean directions, (*batch, dimension), two dimensions or more; brought to unit length here.
        concentration: How near to it directions are, a number or (*batch); 0 for evenly spread ones.

    Raises:
        ValueError: Fewer than two dimensions; with `validate_args`, a negative concentration.
    """

    arg_constraints = {"loc": constraints.real_vector, "concentration": constraints.nonnegative}  # noqa: RUF012  # pyright: ignore

    def __init__(self, loc: Tensor, concentration: Tensor | float, validate_args: bool | None = None) -> None:
        if loc.ndim < 1 or loc.shape[-1] < 2:
            raise ValueError(f"loc must be (*batch, dimension), two dimensions or more; got {tuple(loc.shape)}")
        concentration = torch.as_tensor(concentration, dtype=loc.dtype, device=loc.device)
        shape = torch.broadcast_shapes(loc.shape[:-1], concentration.shape)
        self.loc = (loc / loc.norm(dim=-1, keepdim=True)).expand(*shape, -1)
        self.concentration = concentration.expand(shape)
        super().__init__(shape, loc.shape[-1:], validate_args=validate_args)

    @property
    def support(self) -> Any:
        return constraints.real_vector

    @property
    def mean(self) -> Tensor:
        k = self.concentration
        return (k * scaled_ratio(self.event_shape[0] / 2 - 1, k.square()))[..., None] * self.loc

    def log_prob(self, value: Tensor) -> Tensor:
        """Of directions of unit length, by the sphere's area."""
        order = self.event_shape[0] / 2 - 1
        k = self.concentration
        normaliser = (order + 1) * math.log(2 * math.pi) + log_scaled(order, k)
        return k * (self.loc * value).sum(-1) - normaliser


def von_mises_fisher(of: Any) -> Chart:
    """Points on a sphere where the concentration is the same for all points; else these with it beside them."""
    dimension = of.event_shape[0]
    return _of_directions("von Mises-Fisher", dimension, lambda of: of.loc, is_fixed(of.concentration))


def von_mises(of: Any) -> Chart:
    """Directions in the plane, given by an angle."""

    def directions(of: Any) -> Tensor:
        return torch.stack([of.loc.cos(), of.loc.sin()], -1)

    return _of_directions("von Mises", 2, directions, is_fixed(of.concentration))


def _of_directions(name: str, dimension: int, directions: Callable[[Any], Tensor], fixed: bool) -> Chart:
    order = dimension / 2 - 1

    def on_sphere(of: Any) -> Tensor:
        k = of.concentration
        return (k * scaled_ratio(order, k.square()).sqrt())[..., None] * directions(of)

    if fixed:
        return Chart(f"{name}, on a sphere", on_sphere)

    def coordinates(of: Any) -> Tensor:
        return torch.cat([directions(of), of.concentration[..., None]], -1)

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        squared = y[..., -1:].square()
        ratio, slope = scaled_ratio_and_slope(order, squared)
        return torch.cat([squared * ratio * dy[..., :-1], (ratio + 2 * squared * slope) * dy[..., -1:]], -1)

    return Chart(name, coordinates, of_each(dimension + 1, lowered))
