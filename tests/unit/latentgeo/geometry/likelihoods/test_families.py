"""Every family's Fisher information against the mean of its score's outer product, summed over all observations."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, distributions
from torch.distributions import Distribution, kl_divergence
from torch.nn.functional import softplus

import latentgeo as lg

F = torch.float64


@dataclass(frozen=True)
class Case:
    """A family of one output.

    Attributes:
        name: For test ids.
        made: Latent points (batch, latent) to distributions of batch shape (batch,).
        observations: All of them, or the nodes of a rule to integrate by.
        weight: Of the nodes.
        latent: How many dimensions.
        route: What the metric says of the family.
    """

    name: str
    made: Callable[[Tensor], Distribution]
    observations: Tensor
    weight: Tensor
    latent: int
    route: str


def counts(most: int) -> tuple[Tensor, Tensor]:
    return torch.arange(most, dtype=F), torch.ones(most, dtype=F)


def line(low: float, high: float, nodes: int = 2000) -> tuple[Tensor, Tensor]:
    """Trapezoids, for what vanishes at both ends or is periodic."""
    x = torch.linspace(low, high, nodes, dtype=F)[:-1]
    return x, torch.full_like(x, (high - low) / (nodes - 1))


def positive() -> tuple[Tensor, Tensor]:
    s, w = line(-40, 6, 4000)
    return s.exp(), w * s.exp()


def between() -> tuple[Tensor, Tensor]:
    s, w = line(-30, 30, 3000)
    return s.sigmoid(), w * s.sigmoid() * (-s).sigmoid()


def triangle() -> tuple[Tensor, Tensor]:
    """Of three shares: the first, and how the others are divided."""
    s, w = line(-25, 25, 300)
    a, b = torch.cartesian_prod(s, s).unbind(1)
    weights = torch.cartesian_prod(w, w).prod(1)
    first, second = a.sigmoid(), (-a).sigmoid() * b.sigmoid()
    area = first * (-a).sigmoid() * second * (-b).sigmoid()
    return torch.stack([first, second, (-a).sigmoid() * (-b).sigmoid()], 1), weights * area


def sphere() -> tuple[Tensor, Tensor]:
    height, w = (torch.tensor(rule, dtype=F) for rule in np.polynomial.legendre.leggauss(80))
    angle, across = line(0, 2 * math.pi, 81)
    flat = (1 - height.square()).sqrt()[:, None]
    x = torch.stack([flat * angle.cos(), flat * angle.sin(), height[:, None].expand(-1, 80)], 2)
    return x.flatten(0, 1), (w[:, None] * across).flatten()


def vectors(count: int, total: int) -> tuple[Tensor, Tensor]:
    found = [one for one in product(range(total + 1), repeat=count) if sum(one) == total]
    return torch.tensor(found, dtype=F), torch.ones(len(found), dtype=F)


def two(make: Callable[[Tensor, Tensor], Distribution]) -> Callable[[Tensor], Distribution]:
    return lambda z: make(z[:, 0], z[:, 1])


def around(z: Tensor) -> Tensor:
    """A direction, not of unit length."""
    return torch.stack([z[:, 0], z[:, 1], 1 + z[:, 0] * z[:, 1]], 1)


one_hot = torch.eye(3, dtype=F), torch.ones(3, dtype=F)
CASES = [
    Case("bernoulli", lambda z: distributions.Bernoulli(logits=z[:, 0]), *counts(2), 1, "Bernoulli, angles"),
    Case("bernoulli-probs", lambda z: distributions.Bernoulli(z[:, 0].sigmoid()), *counts(2), 1, "Bernoulli, angles"),
    Case("binomial", lambda z: distributions.Binomial(5, logits=z[:, 0]), *counts(6), 1, "binomial, angles"),
    Case(
        "continuous-bernoulli",
        lambda z: distributions.ContinuousBernoulli(logits=2 * z[:, 0]),
        *(
            torch.tensor(rule, dtype=F) / 2 + shift
            for rule, shift in zip(np.polynomial.legendre.leggauss(40), (0.5, 0.0), strict=True)
        ),
        1,
        "continuous Bernoulli",
    ),
    Case("categorical", lambda z: distributions.Categorical(logits=around(z)), *counts(3), 2, "categorical"),
    Case("categorical-probs", lambda z: distributions.Categorical(around(z).exp()), *counts(3), 2, "categorical"),
    Case("one-hot", lambda z: distributions.OneHotCategorical(logits=around(z)), *one_hot, 2, "categorical"),
    Case("multinomial", lambda z: distributions.Multinomial(4, logits=around(z)), *vectors(3, 4), 2, "multinomial"),
    Case("poisson", lambda z: distributions.Poisson(z[:, 0].exp()), *counts(60), 1, "Poisson, roots"),
    Case("normal", two(lambda a, b: distributions.Normal(a, softplus(b))), *line(-30, 30), 2, "normal"),
    Case("normal-fixed", lambda z: distributions.Normal(z[:, 0], 0.4), *line(-9, 9), 1, "normal, mean over scale"),
    Case("log-normal", two(lambda a, b: distributions.LogNormal(a, b.exp() / 3)), *positive(), 2, "normal"),
    Case("beta", two(lambda a, b: distributions.Beta(1 + a.exp(), 1 + b.exp())), *between(), 2, "beta"),
    Case("dirichlet", lambda z: distributions.Dirichlet(1 + softplus(around(z))), *triangle(), 2, "Dirichlet"),
    Case(
        "negative-binomial",
        two(lambda a, b: distributions.NegativeBinomial(a.exp(), logits=b / 2)),
        *counts(600),
        2,
        "negative binomial",
    ),
    Case(
        "negative-binomial-probs",
        lambda z: distributions.NegativeBinomial(2.5, (z[:, 0] / 2).sigmoid()),
        *counts(600),
        1,
        "negative binomial, areas",
    ),
    Case(
        "negative-binomial-fixed",
        lambda z: distributions.NegativeBinomial(2.5, logits=z[:, 0] / 2),
        *counts(600),
        1,
        "negative binomial, areas",
    ),
    Case(
        "zero-inflated",
        lambda z: lg.ZeroInflatedNegativeBinomial(z[:, 0].exp(), z[:, 1] / 2, z[:, 0] * z[:, 1] - z[:, 0]),
        *counts(600),
        2,
        "zero-inflated negative binomial",
    ),
    Case(
        "zero-inflated-fixed",
        two(lambda a, b: lg.ZeroInflatedNegativeBinomial(2.5, a / 2, b)),
        *counts(600),
        2,
        "zero-inflated negative binomial",
    ),
    Case(
        "von-mises",
        two(lambda a, b: distributions.VonMises(a, b.exp())),
        *line(-math.pi, math.pi),
        2,
        "von Mises",
    ),
    Case(
        "von-mises-fixed",
        lambda z: distributions.VonMises(z[:, 0], 2.0),
        *line(-math.pi, math.pi),
        1,
        "von Mises, on a sphere",
    ),
    Case(
        "von-mises-fisher",
        lambda z: lg.VonMisesFisher(around(z), (z[:, 0] + z[:, 1]).exp()),
        *sphere(),
        2,
        "von Mises-Fisher",
    ),
    Case(
        "von-mises-fisher-fixed",
        lambda z: lg.VonMisesFisher(around(z), 3.0),
        *sphere(),
        2,
        "von Mises-Fisher, on a sphere",
    ),
    Case("gamma", two(lambda a, b: distributions.Gamma(a.exp(), b.exp())), *positive(), 2, "Gamma, by divergence"),
    Case("exponential", lambda z: distributions.Exponential(z[:, 0].exp()), *positive(), 1, "Exponential, by div"),
    Case("gumbel", two(lambda a, b: distributions.Gumbel(a, b.exp())), *line(-15, 150, 9000), 2, "Gumbel, by div"),
    Case("half-normal", lambda z: distributions.HalfNormal(z[:, 0].exp()), *positive(), 1, "HalfNormal, by div"),
]
every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def points(latent: int, count: int = 4) -> Tensor:
    return 0.7 * torch.randn(count, latent, generator=torch.Generator().manual_seed(2), dtype=F)


def by_scores(case: Case, z: Tensor) -> Tensor:
    """E[s s^T] of the score s at each point; probabilities sum to one, as well as torch knows its Bessel functions."""

    def log_density(row: Tensor) -> Tensor:
        return case.made(row.expand(len(case.observations), -1)).log_prob(case.observations)

    found = []
    for row in z:
        mass = log_density(row).exp() * case.weight
        assert float(mass.sum()) == pytest.approx(1, abs=1e-7)
        axes = torch.eye(len(row), dtype=F)
        score = torch.stack([torch.func.jvp(log_density, (row,), (axis,))[1] for axis in axes]).nan_to_num()
        found.append(torch.einsum("n,in,jn->ij", mass, score, score))
    return torch.stack(found)


@every_case
def test_it_is_the_mean_of_the_scores_products(case: Case) -> None:
    z = points(case.latent)
    metric = lg.FisherRaoMetric(case.made, probe=points(case.latent, 9))
    torch.testing.assert_close(metric(z), by_scores(case, z), rtol=1e-6, atol=1e-8)
    assert case.route in str(metric.route)
    assert metric.route == lg.FisherRaoMetric(case.made, probe=z[:1]).route


@every_case
def test_twice_the_divergence_of_a_short_step(case: Case) -> None:
    z = points(case.latent)
    v = points(case.latent, 9)[4 : 4 + len(z)]
    metric = lg.FisherRaoMetric(case.made, probe=z)

    def divergence(step: float) -> Tensor:
        first, second = (case.made(z + side * step * v) for side in (0, 1))
        try:
            return kl_divergence(first, second)
        except NotImplementedError:
            x = case.observations.unsqueeze(1)
            log_ratio = torch.nan_to_num(first.log_prob(x) - second.log_prob(x))
            return (case.weight[:, None] * first.log_prob(x).exp() * log_ratio).sum(0)

    h = 1e-3
    # the third derivative falls out of the sum of both sides
    found = (divergence(h) + divergence(-h)) / h**2
    torch.testing.assert_close(found, metric.squared_speed(z, v), rtol=2e-5, atol=2e-8)


@every_case
def test_derivatives(case: Case) -> None:
    z, v = points(case.latent, 2), points(case.latent, 6)[4:]
    metric = lg.FisherRaoMetric(case.made, probe=z)
    assert torch.autograd.gradcheck(metric.squared_speed, (z.requires_grad_(), v.requires_grad_()))
    assert torch.autograd.gradcheck(metric, (z,))


def test_the_continuous_bernoulli_where_its_series_ends() -> None:
    z = torch.tensor([[-1 - 1e-9], [-1 + 1e-9], [1e-9], [1 - 1e-9], [1 + 1e-9], [800.0], [-800.0]], dtype=F)
    metric = lg.FisherRaoMetric(lambda z: distributions.ContinuousBernoulli(logits=z), probe=z[:5])
    square = z.square().flatten()
    true = 1 / square - 1 / (4 * (z.flatten() / 2).clamp(-300, 300).sinh().square())
    found = metric(z).flatten()
    torch.testing.assert_close(found[[0, 1, 3, 4, 5, 6]], true[[0, 1, 3, 4, 5, 6]], rtol=1e-13, atol=0.0)
    assert float(found[2]) == pytest.approx(1 / 12, rel=1e-15)
    turning = z.clone().requires_grad_()
    (slope,) = torch.autograd.grad(metric(turning).sum(), turning)
    assert bool(slope.isfinite().all())
    torch.testing.assert_close(slope[0], slope[1], rtol=1e-8, atol=0.0)


SATURATED = torch.tensor([[-690.0], [-300.0], [-40.0], [0.0], [40.0], [300.0], [690.0]], dtype=F)


def test_saturated_logits_keep_every_digit() -> None:
    metric = lg.FisherRaoMetric(lambda z: distributions.Bernoulli(logits=z), probe=SATURATED[2:5] / 40)
    # p (1 - p)
    true = (1 / (4 * (SATURATED / 2).cosh().square())).flatten()
    torch.testing.assert_close(metric(SATURATED).flatten(), true, rtol=1e-13, atol=0.0)
    beyond = 10 * SATURATED.requires_grad_()
    G = metric(beyond)
    assert bool(G.isfinite().all())
    assert bool(torch.autograd.grad(G.sum(), SATURATED)[0].isfinite().all())


@pytest.mark.parametrize(
    ("made", "true"),
    [
        (lambda z: distributions.Categorical(logits=torch.cat([z, -z], 1)), lambda z: 1 / z.cosh().square()),
        (lambda z: distributions.Poisson(z.exp()), lambda z: z.exp()),
        (lambda z: distributions.NegativeBinomial(2.0, logits=z), lambda z: 2 * z.sigmoid()),
        (lambda z: distributions.NegativeBinomial(z.new_tensor(2.0) + 0 * z, logits=z), lambda z: 2 * z.sigmoid()),
    ],
    ids=["categorical", "poisson", "negative binomial", "negative binomial, any total"],
)
def test_other_saturated_parameters(made: Callable[[Tensor], Distribution], true: Callable[[Tensor], Tensor]) -> None:
    z = SATURATED.detach() / 2
    metric = lg.FisherRaoMetric(made, probe=z[2:5] / 20)
    torch.testing.assert_close(metric(z).flatten(), true(z).flatten(), rtol=1e-12, atol=0.0)


def test_probabilities_that_have_underflowed() -> None:
    # torch's sigmoid is 1 from 37 on: there nothing is left to tell
    z = torch.tensor([[-800.0], [-20.0], [20.0], [50.0], [800.0]], dtype=F, requires_grad=True)
    metric = lg.FisherRaoMetric(lambda z: distributions.Bernoulli(z.sigmoid()), probe=z.detach()[1:3] / 20)
    G = metric(z)
    torch.testing.assert_close(G[1:3].flatten(), (1 / (4 * (z[1:3] / 2).cosh().square())).flatten(), rtol=1e-6, atol=0)
    assert not bool(G[[0, 3, 4]].any())
    assert bool(torch.autograd.grad(G.sum(), z)[0].isfinite().all())
