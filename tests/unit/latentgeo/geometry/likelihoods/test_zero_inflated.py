"""What `ZeroInflatedNegativeBinomial` is, and its information where counts are nearly all zero, or none is.

That it is the mean of the scores' products is tested with the other families.
"""

import mpmath
import pytest
import torch
from scipy.stats import nbinom

import latentgeo as lg

F = torch.float64


def exact(r: float, logit: float, zero: float) -> list[list[float]]:
    """In the logits alone: the sum over counts of the score's products, in 60 digits."""
    with mpmath.workdps(60):
        p, q = (1 / (1 + mpmath.exp(-mpmath.mpf(x))) for x in (logit, zero))
        found = mpmath.zeros(2)
        for x in range(200):
            mass = mpmath.binomial(r + x - 1, x) * p**x * (1 - p) ** r
            # by l, and by the logit of q
            slopes = (1 - q) * mass * (x * (1 - p) - r * p), -q * (1 - q) * mass
            if x == 0:
                slopes = slopes[0], slopes[1] + q * (1 - q)
            total = (1 - q) * mass + (q if x == 0 else 0)
            for i in range(2):
                for j in range(2):
                    found[i, j] += slopes[i] * slopes[j] / total
        return [[float(found[i, j]) for j in range(2)] for i in range(2)]


@pytest.mark.parametrize("zero", [-20.0, 0.5, 20.0])
@pytest.mark.parametrize("logit", [-30.0, -9.0, -1.0])
def test_rare_and_frequent_zeros_keep_their_digits(logit: float, zero: float) -> None:
    def likelihood(z: torch.Tensor) -> lg.ZeroInflatedNegativeBinomial:
        return lg.ZeroInflatedNegativeBinomial(2.5, z[:, :1], z[:, 1:])

    probe = torch.randn(4, 2, generator=torch.Generator().manual_seed(0), dtype=F)
    found = lg.FisherRaoMetric(likelihood, probe=probe)(torch.tensor([[logit, zero]], dtype=F))[0]
    torch.testing.assert_close(found, torch.tensor(exact(2.5, logit, zero), dtype=F), rtol=1e-11, atol=0)


def test_mean_and_probabilities() -> None:
    r, logits, zero = torch.tensor([[2.0, 0.4], [-0.5, 1.0], [0.3, -2.0]], dtype=F)
    counts = torch.arange(400, dtype=F)[:, None]
    of = lg.ZeroInflatedNegativeBinomial(r, logits, zero)
    plain = torch.tensor(nbinom.pmf(counts.numpy(), r.numpy(), (-logits).sigmoid().numpy()))
    mass = of.log_prob(counts).exp()
    torch.testing.assert_close(mass, (counts == 0) * zero.sigmoid() + (-zero).sigmoid() * plain)
    torch.testing.assert_close((mass * counts).sum(0), of.mean)


def test_a_number_serves_for_all() -> None:
    logits = torch.zeros(3, 2, dtype=F)
    of = lg.ZeroInflatedNegativeBinomial(2.0, logits, 0.0)
    assert of.total_count.shape == of.zero_logits.shape == of.batch_shape == (3, 2)
    torch.testing.assert_close(of.mean, torch.ones(3, 2, dtype=F))


def test_a_total_count_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="total_count"):
        lg.ZeroInflatedNegativeBinomial(0.0, torch.zeros(2), 0.0)
