"""The Fisher information of negative binomial counts, in the number of failures r and the logit l of a success.

With x the count and p = sigmoid(l): I_ll = r p, I_lr = p, and I_rr = E[trigamma(r) - trigamma(r + x)], which is the
integral over t > 0 of t e^(-r t) / (1 - e^-t) (1 - E[e^(-x t)]).
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.likelihoods.chart import Chart, by_logits, is_fixed, of_each, root

__all__ = ["NODES", "lowered", "negative_binomial", "of_failures"]

# trapezoids in s, t = exp(s - e^-s) / r, beyond which nothing is left of the integrand
_FIRST, _LAST, NODES = -3.7, 4.2, 100


def negative_binomial(of: Any) -> Chart:
    """With one number of failures for all points, 2 sqrt(r) arsinh sqrt(mean / r) has Euclidean lengths."""
    if is_fixed(of.total_count):
        return Chart("negative binomial, areas", _area)

    def coordinates(of: Any) -> Tensor:
        return torch.stack([of.total_count.log(), of.logits], -1)

    return Chart("negative binomial", coordinates, of_each(2, lowered), NODES)


def lowered(y: Float[Tensor, "*batch 2"], dy: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
    """The Fisher information times a velocity, in log r and l."""
    r, logit = y[..., 0].exp(), y[..., 1]
    p, dr, dl = torch.sigmoid(logit), r * dy[..., 0], dy[..., 1]
    return torch.stack([r * (of_failures(r, logit) * dr + p * dl), p * (dr + r * dl)], -1)


def of_failures(r: Float[Tensor, "*batch"], logit: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """I_rr, by trapezoids in a variable in which the integrand falls off doubly exponentially; see above."""
    s = torch.linspace(_FIRST, _LAST, NODES, dtype=r.dtype, device=r.device)
    steep = (-s).exp()
    # r t, and d(r t) / ds
    scaled = (s - steep).exp()
    weight = scaled * (1 + steep) * (-scaled).exp() * ((_LAST - _FIRST) / (NODES - 1))
    r, logit = r[..., None], logit[..., None]
    t = scaled / r
    falls = -torch.expm1(-t)
    zero_or_more = -torch.expm1(-r * torch.nn.functional.softplus(logit + falls.log()))
    return (weight * t / falls * zero_or_more / r).sum(-1)


def _area(of: Any) -> Tensor:
    r = of.total_count
    if not by_logits(of):
        return 2 * r.sqrt() * torch.asinh(root(of.probs) / (1 - of.probs).sqrt())
    # arsinh(e^(l / 2)), by exponentials of negative numbers alone
    low = torch.where(of.logits < 0, of.logits, -of.logits)
    above = of.logits / 2 + torch.log1p((1 + low.exp()).sqrt())
    return 2 * r.sqrt() * torch.where(of.logits < 0, torch.asinh((low / 2).exp()), above)
