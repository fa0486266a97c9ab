"""The information in a negative binomial's number of failures, against its sum over all counts."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy.stats import nbinom

from latentgeo.geometry.likelihoods.negative_binomial import of_failures


def by_counts(r: float, logit: float) -> float:
    """The sum of P(x > k) / (r + k)^2, which is trigamma(r) - E[trigamma(r + x)]."""
    k = np.arange(30_000)
    return float((nbinom.sf(k, r, 1 / (1 + math.exp(logit))) / (r + k) ** 2).sum())


@pytest.mark.parametrize("r", [0.03, 0.5, 2.0, 40.0, 900.0])
@pytest.mark.parametrize("logit", [-30.0, -5.0, 0.0, 3.0])
def test_small_and_large(r: float, logit: float) -> None:
    found = of_failures(torch.tensor(r, dtype=torch.float64), torch.tensor(logit, dtype=torch.float64))
    assert float(found) == pytest.approx(by_counts(r, logit), rel=1e-10)


@pytest.mark.parametrize("logit", [-2.0, 4.0])
def test_many_failures_leave_what_poisson_has_not(logit: float) -> None:
    # beyond p / r, which the mean takes, there is p^2 / (2 r^2), to first order in 1 / r: what tells it from Poisson
    r = torch.tensor(1e6, dtype=torch.float64)
    p = torch.sigmoid(torch.tensor(logit, dtype=torch.float64))
    left = of_failures(r, torch.tensor(logit, dtype=torch.float64)) - p / r
    torch.testing.assert_close(left, p.square() / (2 * r.square()), rtol=1e-4, atol=0.0)


def test_derivatives() -> None:
    r = torch.tensor([0.4, 3.0, 70.0], dtype=torch.float64, requires_grad=True)
    logit = torch.tensor([-2.0, 0.5, 4.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(of_failures, (r, logit))
    with mpmath.workdps(30):
        assert float(of_failures(r, logit)[2].detach()) < float(mpmath.psi(1, 70))
