"""Ratios and logarithms of the modified Bessel functions I_n of the first kind, at any order and argument.

Down the recurrence from an order at which Debye's expansion, uniform in the argument, is exact to rounding (Amos 1974;
DLMF 10.29.1, 10.41.3 and 10.41.10).
"""

from functools import cache

import torch
from jaxtyping import Float
from numpy.polynomial import Polynomial
from torch import Tensor

__all__ = ["log_scaled", "scaled_ratio", "scaled_ratio_and_slope"]

# orders to go down, and terms of the expansion
_STEPS, _TERMS = 16, 9


def scaled_ratio(order: float, squared: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """I_(order+1)(x) / (x I_order(x)), a smooth function of x^2; 1 / (2 order + 2) at 0."""
    return _ratios(order, squared)[-1]


def scaled_ratio_and_slope(
    order: float, squared: Float[Tensor, "*batch"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """The same with its derivative by x^2, worked out without the cancellation of Riccati's equation."""
    top = order + _STEPS
    bent, turned = _expansion(top)
    S, t, R = _start(top, squared)
    U = _at(bent, t)
    slope_of_R = (_at(turned.deriv(), t) - R * _at(bent.deriv(), t)) / U
    ratio = 1 / (S + top) - t * R / S
    slope = t * (2 * R + t * slope_of_R) / (2 * S**3) - 1 / (2 * S * (S + top).square())
    for above in range(_STEPS, 0, -1):
        lower = 1 / (2 * (order + above) + squared * ratio)
        ratio, slope = lower, -lower.square() * (ratio + squared * slope)
    return ratio, slope


def log_scaled(order: float, x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """log(I_order(x) / x^order)."""
    top, squared = order + _STEPS, x.square()
    S, t, _ = _start(top, squared)
    above = S - top * (S + top).log() - (2 * torch.pi * S).log() / 2 + _at(_expansion(top)[0], t).log()
    return above - torch.stack(_ratios(order, squared)[1:]).log().sum(0)


def _ratios(order: float, squared: Tensor) -> list[Tensor]:
    """Scaled ratios of the orders from the top down to this one."""
    top = order + _STEPS
    S, t, R = _start(top, squared)
    found = [1 / (S + top) - t * R / S]
    for above in range(_STEPS, 0, -1):
        found.append(1 / (2 * (order + above) + squared * found[-1]))
    return found


def _start(top: float, squared: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """sqrt(n^2 + x^2), its share n of it, and what the expansion takes off the ratio."""
    S = (top**2 + squared).sqrt()
    t = top / S
    bent, turned = _expansion(top)
    return S, t, _at(turned, t) / _at(bent, t)


@cache
def _expansion(n: float) -> tuple[Polynomial, Polynomial]:
    """Sums of Debye's polynomials in t: of u_k / n^k, for I_n, and of (u_k / 2 + t u_k') / n^(k+1), for I_n'."""
    t = Polynomial([0.0, 1.0])
    terms = [Polynomial([1.0])]
    for _ in range(_TERMS):
        u = terms[-1]
        terms.append(t**2 * (1 - t**2) * u.deriv() / 2 + ((1 - 5 * t**2) * u).integ() / 8)
    bent = sum((u / n**k for k, u in enumerate(terms)), Polynomial([0.0]))
    turned = sum(((u / 2 + t * u.deriv()) / n ** (k + 1) for k, u in enumerate(terms)), Polynomial([0.0]))
    return bent, turned


def _at(polynomial: Polynomial, t: Tensor) -> Tensor:
    value = torch.zeros_like(t)
    for coefficient in polynomial.coef[::-1]:
        value = value * t + float(coefficient)
    return value
