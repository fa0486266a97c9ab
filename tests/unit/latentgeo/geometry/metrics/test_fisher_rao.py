"""What `FisherRaoMetric` takes, offers and refuses; families are tested one by one beside `likelihoods`."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import (
    Bernoulli,
    Distribution,
    Gamma,
    Gumbel,
    Independent,
    Laplace,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Pareto,
    Poisson,
    StudentT,
    Uniform,
    constraints,
    register_kl,
)

import latentgeo as lg
from surfaces import draw, random_mlp

NET = random_mlp(hidden=8, obs=6, scale=1.0)
Z, V = draw(5, 2, -1, 1)


def scale_of(x: Tensor) -> Tensor:
    return nn.functional.softplus(x) + 0.1


def normal(z: Tensor) -> Normal:
    x = NET(z)
    return Normal(x[:, :3], scale_of(x[:, 3:]))


def bernoulli(z: Tensor) -> Bernoulli:
    return Bernoulli(logits=NET(z))


CURVED, FLAT = lg.FisherRaoMetric(normal), lg.FisherRaoMetric(bernoulli)


def test_outputs_are_summed_whatever_their_shape() -> None:
    parts = [lg.FisherRaoMetric(lambda z, k=k: Normal(NET(z)[:, k], scale_of(NET(z)[:, k + 3])))(Z) for k in range(3)]
    image = lg.FisherRaoMetric(
        lambda z: Independent(Normal(NET(z)[:, :3].view(-1, 3, 1), scale_of(NET(z)[:, 3:]).view(-1, 3, 1)), 2)
    )
    for metric in (CURVED, image):
        torch.testing.assert_close(metric(Z), torch.stack(parts).sum(0))


@pytest.mark.parametrize(
    ("decoder", "family"),
    [
        (lambda z: (normal(z).loc, normal(z).scale), Normal),
        (lambda z: {"loc": normal(z).loc, "scale": normal(z).scale}, Normal),
        (NET, lambda x: Normal(x[:, :3], scale_of(x[:, 3:]))),
        (lambda z: {"x": (normal(z), z), "kl": z}, None),
    ],
    ids=["tuple", "mapping", "function of a module's tensor", "one of several"],
)
def test_ways_to_say_the_family(decoder: Callable[[Tensor], Any], family: Any) -> None:
    metric = lg.FisherRaoMetric(decoder, family, output=("x", 0) if family is None else None)
    torch.testing.assert_close(metric(Z), CURVED(Z))


def test_flat_families_are_pullbacks_of_their_coordinates() -> None:
    angles = lg.PullbackMetric(lambda z: 2 * NET(z).sigmoid().sqrt().asin())
    torch.testing.assert_close(FLAT(Z), angles(Z))
    torch.testing.assert_close(FLAT.observe(Z), angles.observe(Z))
    chords = FLAT.chords()
    assert chords is not None
    torch.testing.assert_close(chords.jacobian(Z), angles.jacobian(Z))
    for found, true in zip(lg.christoffel(FLAT, Z), lg.christoffel(angles, Z), strict=True):
        torch.testing.assert_close(found, true)
    lattice = lg.GridMetric(FLAT, ((-1.0, 1.0), (-1.0, 1.0)), 33)
    torch.testing.assert_close(lattice(Z), lg.GridMetric(angles, ((-1.0, 1.0), (-1.0, 1.0)), 33)(Z))


def test_only_flat_families_have_chords() -> None:
    assert CURVED.chords() is None
    late = lg.FisherRaoMetric(lambda z: bernoulli(z))
    assert late.chords() is None
    assert late.route is None
    late(Z)
    assert late.chords() is not None


class Spread(nn.Module):
    """A normal decoder whose scale is a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = random_mlp(hidden=8, obs=4)
        self.log_scale = nn.Parameter(torch.tensor([0.1, -0.3, 0.5, 0.0], dtype=torch.float64))

    def forward(self, z: Tensor) -> Normal:
        return Normal(self.mean(z), self.log_scale.exp())


def test_a_scale_that_is_a_weight_is_seen() -> None:
    decoder = Spread().eval()
    metric = lg.FisherRaoMetric(decoder)
    assert metric.chords() is not None
    J = lg.PullbackMetric(decoder.mean).jacobian(Z)
    weighted = torch.einsum("ibo,jbo,o->bij", J, J, (-2 * decoder.log_scale.detach()).exp())
    torch.testing.assert_close(metric(Z), weighted)
    # written out for every point it is not, and the metric the same
    spelt = lg.FisherRaoMetric(lambda z: Normal(decoder.mean(z), decoder.log_scale.exp().repeat(len(z), 1)))
    torch.testing.assert_close(spelt(Z), weighted)
    assert spelt.chords() is None


def test_a_scale_that_is_the_same_only_where_it_was_probed() -> None:
    def decoder(z: Tensor) -> Normal:
        return Normal(z, (1 + z.square()).clamp(min=3.0))

    metric = lg.FisherRaoMetric(decoder, probe=0.1 * Z)
    away = torch.tensor([[2.0, 3.0]], dtype=torch.float64)
    # (1 + 2 (2 z)^2) / (1 + z^2)^2
    torch.testing.assert_close(metric(away)[0].diag(), torch.tensor([33 / 25, 73 / 100], dtype=torch.float64))


def test_weights_have_gradients() -> None:
    decoder = Spread()
    metric = lg.FisherRaoMetric(decoder, weight_gradients=True)
    metric.squared_speed(Z, V).sum().backward()
    gradient = decoder.log_scale.grad
    assert gradient is not None
    J = metric.displacement(Z, V).detach()
    torch.testing.assert_close(gradient, -2 * J.square().sum(0))


@pytest.mark.parametrize("metric", [CURVED, FLAT], ids=["curved", "flat"])
def test_laws(metric: lg.Metric) -> None:
    G = metric(Z)
    assert torch.equal(G, G.mT)
    assert float(torch.linalg.eigvalsh(G).min()) > 0
    torch.testing.assert_close(metric.squared_speed(Z, V), torch.einsum("bi,bij,bj->b", V, G, V))
    assert metric(Z[:0]).shape == (0, 2, 2)
    assert metric.squared_speed(Z[:0], V[:0]).shape == (0,)
    assert isinstance(metric, lg.FisherRaoMetric)
    assert not metric.piecewise_linear


@pytest.mark.parametrize("metric", [CURVED, FLAT], ids=["curved", "flat"])
def test_it_does_not_depend_on_the_chart(metric: lg.FisherRaoMetric) -> None:
    made = normal if metric is CURVED else bernoulli
    A = torch.tensor([[1.0, 0.5], [-0.3, 2.0]], dtype=torch.float64)
    other = lg.FisherRaoMetric(lambda z: made(z @ A.T))
    torch.testing.assert_close(other(Z), A.T @ metric(Z @ A.T) @ A)
    torch.testing.assert_close(lg.gaussian_curvature(other, Z), lg.gaussian_curvature(metric, Z @ A.T))


class _OnlyBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (x,) = ctx.saved_tensors
        return pull * (1 - x.tanh().square())


def plain(z: Tensor) -> Normal:
    return Normal(NET(z)[:, :3], NET(z)[:, 3:].tanh().exp())


def backward(z: Tensor) -> Normal:
    return Normal(NET(z)[:, :3], _OnlyBackward.apply(NET(z)[:, 3:]).exp())  # pyright: ignore


def detached(z: Tensor) -> Normal:
    return Normal(NET(z)[:, :3], NET(z.detach())[:, 3:].tanh().exp())


@pytest.mark.parametrize(("decoder", "route"), [(backward, "reverse mode"), (detached, "differences")])
def test_other_routes(decoder: Callable[[Tensor], Normal], route: str) -> None:
    reference = lg.FisherRaoMetric(plain)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lg.FiniteDifferencesWarning)
        metric = lg.FisherRaoMetric(decoder, probe=Z)
        assert str(metric.route).startswith(route)
        torch.testing.assert_close(metric(Z), reference(Z), rtol=1e-6, atol=1e-8)
        found, true = metric.jet(Z), reference.jet(Z)
    for a, b in zip((found.value, *found.first, *found.second), (true.value, *true.first, *true.second), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4 * float(b.abs().max()))


def test_single_precision() -> None:
    decoder = random_mlp(hidden=8, obs=6, scale=1.0).float()
    metric = lg.FisherRaoMetric(decoder, lambda x: Normal(x[:, :3], scale_of(x[:, 3:])))
    found = metric(Z.float())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), CURVED(Z), rtol=1e-4, atol=1e-4)
    assert metric(Z).dtype == torch.float64


def test_a_divergence_in_single_precision() -> None:
    def family(x: Tensor) -> Gamma:
        return Gamma(scale_of(x[:, :3]), scale_of(x[:, 3:]))

    found = lg.FisherRaoMetric(random_mlp(hidden=8, obs=6, scale=1.0).float(), family)(Z.float())
    torch.testing.assert_close(found.double(), lg.FisherRaoMetric(NET, family)(Z), rtol=1e-3, atol=1e-3)


def test_many_points_go_in_parts() -> None:
    def decoder(z: Tensor) -> NegativeBinomial:
        x = NET(z)
        return NegativeBinomial(scale_of(x[:, :3]), logits=x[:, 3:])

    metric = lg.FisherRaoMetric(decoder, probe=Z)
    # each of the six numbers takes a hundred
    assert metric.points_at_once < lg.FisherRaoMetric(normal, probe=Z).points_at_once
    z, _ = draw(3000, 2, -1, 1)
    torch.testing.assert_close(metric(z)[-5:], metric(z[-5:]))


def test_what_is_built_on_it() -> None:
    cached = lg.GridMetric(CURVED, ((-1.0, 1.0), (-1.0, 1.0)), 65)
    torch.testing.assert_close(cached(Z), CURVED(Z), rtol=1e-3, atol=1e-3)
    for metric in (lg.ScaledMetric(CURVED, lambda z: 1 + z.square().sum(1)), lg.SmoothedMetric(CURVED, 0.01)):
        assert lg.geodesic(metric, Z, V).outcome == [lg.Outcome.CONVERGED] * 5


def test_periods() -> None:
    def decoder(z: Tensor) -> Poisson:
        return Poisson((z.cos() + 2 * z.sin()).exp())

    metric = lg.FisherRaoMetric(decoder, periods=(2 * torch.pi, 2 * torch.pi))
    torch.testing.assert_close(metric(Z), metric(Z + 2 * torch.pi))
    with pytest.raises(lg.DecoderError, match="period"):
        lg.FisherRaoMetric(decoder, periods=(3.0, None))(Z)


def test_its_repr() -> None:
    made = lg.FisherRaoMetric(NET, lambda x: Bernoulli(logits=x))
    assert repr(made) == "FisherRaoMetric(Sequential, forward mode, Bernoulli, angles)"
    assert repr(lg.FisherRaoMetric(normal, Normal)) == "FisherRaoMetric(normal, not probed yet)"


@pytest.mark.parametrize(
    ("family", "why"),
    [
        (lambda x: StudentT(3.0, x), "StudentT is not known here, and torch has no Kullback-Leibler divergence"),
        (lambda x: Laplace(x, 1.0), "Laplace is not known here, and their Kullback-Leibler divergence is not smooth"),
        (lambda x: Uniform(x, x + 1), "Uniform is not known here, and their Kullback-Leibler divergence is not smooth"),
        (lambda x: Pareto(scale_of(x), 2.0), "Pareto is not known here"),
        (lambda x: x, r"family must make a torch\.distributions\.Distribution .* got Tensor"),
        (None, r"returned a tensor, of which it is not known .* family="),
    ],
    ids=["student", "laplace", "uniform", "pareto", "no distribution", "no family"],
)
def test_what_is_refused_by_name(family: Any, why: str) -> None:
    with pytest.raises(lg.DecoderError, match=why):
        lg.FisherRaoMetric(NET, family)(Z)


def laplace_information(parameters: Tensor) -> Tensor:
    """Of location and scale: 1 / b^2 each."""
    return torch.diag_embed((1 / parameters[..., 1:].square()).expand_as(parameters))


def laplace_parameters(z: Tensor) -> Tensor:
    x = NET(z)
    return torch.stack([x[:, :3], scale_of(x[:, 3:])], 2)


def test_information_that_is_given() -> None:
    by_tensor = lg.FisherRaoMetric(laplace_parameters, information=laplace_information)
    by_class = lg.FisherRaoMetric(
        lambda z: Independent(Laplace(*laplace_parameters(z).unbind(2)), 1), information=laplace_information
    )
    J = lg.PullbackMetric(laplace_parameters).jacobian(Z).unflatten(2, (3, 2))
    true = torch.einsum("ibok,jbok,bo->bij", J, J, 1 / laplace_parameters(Z)[..., 1].square())
    for metric in (by_tensor, by_class):
        torch.testing.assert_close(metric(Z), true)
        torch.testing.assert_close(metric.squared_speed(Z, V), torch.einsum("bi,bij,bj->b", V, true, V))
    assert by_class.route == "forward mode, Laplace, information given"


def test_it_does_not_depend_on_how_a_family_is_written() -> None:
    def information(parameters: Tensor) -> Tensor:
        """Of mean and variance."""
        variance = parameters[..., 1]
        return torch.diag_embed(torch.stack([1 / variance, 1 / (2 * variance.square())], -1))

    by_variance = lg.FisherRaoMetric(
        lambda z: torch.stack([normal(z).loc, normal(z).scale.square()], 2), information=information
    )
    by_divergence = lg.FisherRaoMetric(
        lambda z: MultivariateNormal(normal(z).loc, torch.diag_embed(normal(z).scale.square()))
    )
    for metric in (by_variance, by_divergence):
        torch.testing.assert_close(metric(Z), CURVED(Z))
        torch.testing.assert_close(lg.gaussian_curvature(metric, Z), lg.gaussian_curvature(CURVED, Z))


def test_parameters_of_unlike_sizes_by_divergence() -> None:
    metric = lg.FisherRaoMetric(lambda z: Gumbel(1000 + 10 * z[:, 0], 0.01 + 0.001 * z[:, 1].tanh()), probe=Z)
    b = 0.01 + 0.001 * Z[:, 1].tanh()
    # of the location 1 / b^2, and the other as far as Euler's constant reaches
    torch.testing.assert_close(metric(Z)[:, 0, 0], 100 / b.square())
    euler = 0.5772156649015329
    spread = 1e-3 / Z[:, 1].cosh().square()
    share = torch.pi**2 / 6 + (1 - euler) ** 2
    torch.testing.assert_close(metric(Z)[:, 1, 1], share * (spread / b).square())


@pytest.mark.parametrize(
    ("information", "why"),
    [
        (lambda p: p, r"must map parameters .* got \(8, 3, 2\) from \(8, 3, 2\)"),
        (lambda p: torch.stack([p, 0 * p], -1), "must be symmetric"),
        (lambda p: laplace_information(p.detach()), "such that torch differentiates it"),
        (lambda p: laplace_information(p) * float("nan"), "not finite"),
    ],
    ids=["shape", "not symmetric", "detached", "nan"],
)
def test_information_that_is_wrong(information: Callable[[Tensor], Tensor], why: str) -> None:
    with pytest.raises(lg.DecoderError, match=why):
        lg.FisherRaoMetric(laplace_parameters, information=information, probe=Z)


class Rayleigh(Distribution):
    """One of a user's own, with a divergence that is registered."""

    arg_constraints = {"sigma": constraints.positive}  # noqa: RUF012  # pyright: ignore
    support = constraints.positive  # pyright: ignore

    def __init__(self, sigma: Tensor, validate_args: bool | None = None) -> None:
        self.sigma = sigma
        super().__init__(sigma.shape, validate_args=validate_args)


@register_kl(Rayleigh, Rayleigh)
def _between(p: Rayleigh, q: Rayleigh) -> Tensor:
    share = (p.sigma / q.sigma).square()
    return share - 1 - share.log()


def test_a_class_of_ones_own_by_its_divergence() -> None:
    metric = lg.FisherRaoMetric(NET, lambda x: Rayleigh(scale_of(x)))
    # 4 d(log sigma)^2
    torch.testing.assert_close(metric(Z), 4 * lg.PullbackMetric(lambda z: scale_of(NET(z)).log())(Z))


def test_a_page_shows_no_coordinates() -> None:
    data, _ = draw(60, 2, -1, 1)
    with pytest.raises(ValueError, match="give decoder="):
        lg.explore(FLAT, data, frames="image")
