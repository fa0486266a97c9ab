"""The zero-inflated negative binomial distribution of counts, and its Fisher information.

With a probability q a count is zero for another reason (Lambert 1992, "Zero-inflated Poisson regression"; Lopez et al.
2018 for single cells). If that were seen, the information would be (1 - q) I of the counts and q (1 - q) of the logit
of q, apart. It is not seen at a zero: what that costs is the variance of it there, times the outer product of its score
(Louis 1982, "Finding the observed information matrix").
"""

from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, NegativeBinomial, constraints
from torch.nn.functional import logsigmoid

from latentgeo.geometry.likelihoods.chart import Chart, is_fixed, of_each
from latentgeo.geometry.likelihoods.negative_binomial import NODES
from latentgeo.geometry.likelihoods.negative_binomial import lowered as of_both

__all__ = ["ZeroInflatedNegativeBinomial", "zero_inflated_negative_binomial"]


class ZeroInflatedNegativeBinomial(Distribution):
    """Negative binomial counts some of which are zero for another reason.

    For `FisherRaoMetric`, and as a likelihood to train with; it does not sample. A mean m and an inverse dispersion r,
    as single-cell models have them, are `total_count=r, logits=log(m) - log(r)`.

    Args:
        total_count: Of failures, a positive number or (*batch): the inverse dispersion, as
            `torch.distributions.NegativeBinomial` has it.
        logits: Of a success, (*batch).
        zero_logits: Of a zero for another reason, a number or (*batch).

    Raises:
        ValueError: With `validate_args`, a total count that is not positive.
    """

    arg_constraints = {  # noqa: RUF012  # pyright: ignore
        "total_count": constraints.positive,
        "logits": constraints.real,
        "zero_logits": constraints.real,
    }

    def __init__(
        self,
        total_count: Tensor | float,
        logits: Tensor,
        zero_logits: Tensor | float,
        validate_args: bool | None = None,
    ) -> None:
        count, zero = (
            torch.as_tensor(one, dtype=logits.dtype, device=logits.device) for one in (total_count, zero_logits)
        )
        self.total_count, self.logits, self.zero_logits = torch.broadcast_tensors(count, logits, zero)
        super().__init__(self.logits.shape, validate_args=validate_args)

    @property
    def support(self) -> Any:
        return constraints.nonnegative_integer

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(-self.zero_logits) * self.total_count * self.logits.exp()

    def log_prob(self, value: Tensor) -> Tensor:
        counts = NegativeBinomial(self.total_count, logits=self.logits, validate_args=False)
        counted = logsigmoid(-self.zero_logits) + counts.log_prob(value)
        return torch.where(value == 0, torch.logaddexp(logsigmoid(self.zero_logits), counted), counted)


def zero_inflated_negative_binomial(of: Any) -> Chart:
    """Coordinates log r, l and the logit of q; with one number of failures for all points its information is left out.

    With P the probability that a count is zero and a = logit q - log P, a zero is one for another reason with
    probability sigmoid(a).
    """
    fixed = is_fixed(of.total_count)

    def coordinates(of: Any) -> Tensor:
        return torch.stack([of.total_count.log(), of.logits, of.zero_logits], -1)

    def lowered(y: Tensor, dy: Tensor) -> Tensor:
        r, logit, zero = y[..., 0].exp(), y[..., 1], y[..., 2]
        p, q, counted = torch.sigmoid(logit), torch.sigmoid(zero), torch.sigmoid(-zero)
        log_none = r * logsigmoid(-logit)
        other = torch.sigmoid(zero - log_none)
        # of none in log r and l
        score = torch.stack([log_none, -r * p], -1)
        along = (score * dy[..., :2]).sum(-1)
        lost = counted * log_none.exp() * other
        if fixed:
            of_counts = torch.stack([torch.zeros_like(r), r * p * dy[..., 1]], -1)
        else:
            of_counts = of_both(y[..., :2], dy[..., :2])
        # q (1 - q) less what is lost, without taking one from the other
        of_zero = q * counted * other * -torch.expm1(log_none)
        rows = counted[..., None] * of_counts + (lost * (dy[..., 2] - along))[..., None] * score
        return torch.cat([rows, (lost * along + of_zero * dy[..., 2])[..., None]], -1)

    return Chart("zero-inflated negative binomial", coordinates, of_each(3, lowered), 3 if fixed else NODES)
