"""The Fisher information of torch's distributions, by what are the best coordinates for each.

Where a family is flat or a sphere, coordinates in which lengths are Euclidean ones are taken: angles and roots of
probabilities and rates (Rao 1945; Atkinson and Mitchell 1981, "Rao's distance measure"). Each holds for logits of any
size.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from scipy.special import bernoulli
from torch import Tensor, distributions
from torch.distributions import Distribution, Independent

from latentgeo.geometry.likelihoods.chart import Chart, by_logits, is_fixed, of_each, root
from latentgeo.geometry.likelihoods.divergence import by_divergence
from latentgeo.geometry.likelihoods.negative_binomial import negative_binomial
from latentgeo.geometry.likelihoods.von_mises_fisher import VonMisesFisher, von_mises, von_mises_fisher
from latentgeo.geometry.likelihoods.zero_inflated import (
    ZeroInflatedNegativeBinomial,
    zero_inflated_negative_binomial,
)

__all__ = ["chart_of", "one_output"]


def one_output(distribution: Distribution) -> Distribution:
    """The distribution of each output, of what are several independent ones."""
    return one_output(distribution.base_dist) if isinstance(distribution, Independent) else distribution


def chart_of(distribution: Distribution) -> Chart:
    """The family's coordinates; for one that is not known here by its Kullback-Leibler divergence.

    Args:
        distribution: At several points; which of its parameters are the same for all is looked at.

    Raises:
        DecoderError: Neither is known.
    """
    of = one_output(distribution)
    kind = next((kind for kind in type(of).__mro__ if kind in _CHARTS), None)
    return by_divergence(of) if kind is None else _CHARTS[kind](of)


def _bernoulli(_: Any) -> Chart:
    return Chart("Bernoulli, angles", _angle)


def _binomial(_: Any) -> Chart:
    return Chart("binomial, angles", lambda of: of.total_count.to(of._param).sqrt() * _angle(of))


def _angle(of: Any) -> Tensor:
    """2 arcsin sqrt(p), from 0 to pi."""
    if not by_logits(of):
        return 2 * torch.atan2(root(of.probs), root(1 - of.probs))
    # exponentials of negative numbers alone; not by abs, which has no slope at zero
    low = torch.where(of.logits < 0, of.logits, -of.logits)
    angle = 2 * (low / 2).exp().atan()
    return torch.where(of.logits < 0, angle, math.pi - angle)


def _continuous_bernoulli(_: Any) -> Chart:
    """The variance, 1 / l^2 - 1 / (4 sinh^2(l / 2)), in logits l."""

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        near = y.abs() < 1
        small, large = torch.where(near, y, 0.0).square(), torch.where(near, 1.0, y.abs())
        series = torch.zeros_like(y)
        for coefficient in _VARIANCE:
            series = series * small + coefficient
        below = torch.expm1(-large)
        return torch.where(near, series, 1 / large.square() - (below + 1) / below.square()) * dy

    return Chart("continuous Bernoulli", lambda of: of.logits, lowered)


def _categorical(_: Any) -> Chart:
    return Chart("categorical, roots on a sphere", _roots)


def _multinomial(_: Any) -> Chart:
    return Chart("multinomial, roots on a sphere", lambda of: math.sqrt(of.total_count) * _roots(of))


def _roots(of: Any) -> Tensor:
    """2 sqrt(p_k), on the sphere of radius 2."""
    return 2 * (of.logits / 2).exp() if by_logits(of) else 2 * root(of.probs)


def _poisson(_: Any) -> Chart:
    return Chart("Poisson, roots", lambda of: 2 * root(of.rate))


def _normal(of: Any) -> Chart:
    """ds^2 = (dm^2 + 2 ds^2) / s^2: a hyperbolic plane of curvature -1/2, which is no surface in Euclidean space."""
    if is_fixed(of.scale):
        return Chart("normal, mean over scale", lambda of: of.loc / of.scale)

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        return torch.stack([dy[..., 0] * (-2 * y[..., 1]).exp(), 2 * dy[..., 1]], -1)

    return Chart("normal", lambda of: torch.stack([of.loc, of.scale.log()], -1), of_each(2, lowered))


def _beta(_: Any) -> Chart:
    return _of_concentrations("beta", 2, lambda of: torch.stack([of.concentration1, of.concentration0], -1))


def _dirichlet(of: Any) -> Chart:
    return _of_concentrations("Dirichlet", of.event_shape[0], lambda of: of.concentration)


def _of_concentrations(name: str, numbers: int, concentrations: Callable[[Any], Tensor]) -> Chart:
    """I = diag trigamma(a_k) - trigamma(sum a), in the logarithms of the a_k."""

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        a = y.exp()
        da = a * dy
        total = torch.polygamma(1, a.sum(-1, keepdim=True)) * da.sum(-1, keepdim=True)
        return a * (torch.polygamma(1, a) * da - total)

    return Chart(name, lambda of: concentrations(of).log(), of_each(numbers, lowered))


# of the variance of a continuous Bernoulli in l^2, the last first: (k - 1) B_k / k! for even k
_VARIANCE = [float((k - 1) * bernoulli(k)[k] / math.factorial(k)) for k in range(24, 0, -2)]
_CHARTS: dict[type, Callable[[Any], Chart]] = {
    distributions.Bernoulli: _bernoulli,
    distributions.Beta: _beta,
    distributions.Binomial: _binomial,
    distributions.Categorical: _categorical,
    distributions.ContinuousBernoulli: _continuous_bernoulli,
    distributions.Dirichlet: _dirichlet,
    distributions.LogNormal: _normal,
    distributions.Multinomial: _multinomial,
    distributions.NegativeBinomial: negative_binomial,
    distributions.Normal: _normal,
    distributions.OneHotCategorical: _categorical,
    distributions.Poisson: _poisson,
    distributions.VonMises: von_mises,
    VonMisesFisher: von_mises_fisher,
    ZeroInflatedNegativeBinomial: zero_inflated_negative_binomial,
}
