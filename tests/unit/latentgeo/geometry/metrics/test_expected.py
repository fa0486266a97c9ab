"""Expected metrics against closed forms, and against expectations that are sums over all outcomes."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import substitute
from surfaces import affine, random_mlp


def draw(count: int = 5, latent: int = 2) -> tuple[Tensor, Tensor]:
    z = torch.randn(2, count, latent, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    return z[0], z[1]


def linear(obs: int, seed: int) -> nn.Linear:
    layer = nn.Linear(2, obs, dtype=torch.float64).requires_grad_(False)
    layer.weight.copy_(torch.randn(obs, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))
    return layer


def positive(obs: int) -> nn.Sequential:
    return nn.Sequential(random_mlp(hidden=6, obs=obs, seed=7), nn.Softplus())


def metrics() -> list[lg.Metric]:
    mean = random_mlp(hidden=8, obs=5)
    members = [random_mlp(hidden=8, obs=5, seed=seed) for seed in range(3)]
    return [
        lg.ExpectedMetric(mean, positive(5)),
        lg.ExpectedMetric(mean, positive(1)),
        lg.EnsembleMetric(members),
    ]


IDS = ["sigmas", "one sigma", "ensemble"]


def test_affine_mean_and_sigma() -> None:
    mean, sigma = linear(4, 0), linear(4, 1)
    expected = mean.weight.T @ mean.weight + sigma.weight.T @ sigma.weight
    z, _ = draw()
    torch.testing.assert_close(lg.ExpectedMetric(mean, sigma)(z), expected.expand(5, 2, 2))


def test_one_affine_sigma_counts_for_every_output() -> None:
    mean, sigma = linear(7, 0), linear(1, 1)
    expected = mean.weight.T @ mean.weight + 7 * sigma.weight.T @ sigma.weight
    z, _ = draw()
    torch.testing.assert_close(lg.ExpectedMetric(mean, sigma)(z), expected.expand(5, 2, 2))


@pytest.mark.parametrize("outputs", [3, 1])
def test_it_is_the_mean_over_the_noise(outputs: int) -> None:
    # noise of plus or minus one has the same mean and covariance as normal noise, and eight outcomes
    mean, sigma = random_mlp(hidden=8, obs=3), positive(outputs)
    z, v = draw()
    noise = [torch.tensor(signs, dtype=torch.float64) for signs in product((-1.0, 1.0), repeat=3)]
    images = [lg.PullbackMetric(lambda points, eps=eps: mean(points) + sigma(points) * eps) for eps in noise]
    metric = lg.ExpectedMetric(mean, sigma)
    torch.testing.assert_close(metric(z), torch.stack([image(z) for image in images]).mean(0))
    speeds = torch.stack([image.squared_speed(z, v) for image in images])
    torch.testing.assert_close(metric.squared_speed(z, v), speeds.mean(0))


@pytest.mark.parametrize("metric", metrics(), ids=IDS)
def test_laws(metric: lg.Metric) -> None:
    z, v = draw(20)
    G = metric(z)
    assert torch.equal(G, G.transpose(1, 2))
    assert float(torch.linalg.eigvalsh(G).min()) > -1e-12 * float(G.abs().max())
    torch.testing.assert_close(metric.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, G, v))
    assert metric(z[:0]).shape == (0, 2, 2)
    assert substitute(metric, metric, affine(2).metric) is not metric
    assert metric.base is None


@pytest.mark.parametrize("metric", metrics(), ids=IDS)
def test_gradients(metric: lg.Metric) -> None:
    z, v = draw(3)
    assert torch.autograd.gradcheck(metric.squared_speed, (z.requires_grad_(), v.requires_grad_()))
    assert torch.autograd.gradcheck(metric, (z,))


@pytest.mark.parametrize("metric", metrics(), ids=IDS)
def test_geodesics(metric: lg.Metric) -> None:
    z, v = draw(2)
    found = lg.geodesic(metric, z, z + 0.4 * v, lg.SplineCurve(intervals=12))
    assert found.outcome == [lg.Outcome.CONVERGED] * 2
    assert bool((found.length <= lg.euclidean(metric, z, z + 0.4 * v).length).all())


def test_images_and_plain_functions() -> None:
    mean = random_mlp(hidden=8, obs=12)
    images = nn.Sequential(mean, nn.Unflatten(1, (3, 4)))
    z, _ = draw()
    sigma = positive(1)
    reference = lg.ExpectedMetric(mean, sigma)(z)
    torch.testing.assert_close(lg.ExpectedMetric(images, lambda points: sigma(points))(z), reference)
    late = lg.ExpectedMetric(lambda points: images(points), lambda points: sigma(points))
    torch.testing.assert_close(late(z), reference)
    single = lg.ExpectedMetric(mean.float(), sigma.float())
    assert single(z.float()).dtype == torch.float32


@pytest.mark.parametrize("known", [True, False], ids=["modules", "functions"])
def test_another_number_of_sigmas(known: bool) -> None:
    mean, sigma = linear(4, 0), linear(3, 1)
    with pytest.raises(ValueError, match="as many outputs as mean, 4, or one; got 3"):
        lg.ExpectedMetric(mean, sigma) if known else lg.ExpectedMetric(lambda z: mean(z), lambda z: sigma(z))(draw()[0])


def test_each_part_is_probed() -> None:
    flat = nn.Sequential(linear(4, 0), nn.BatchNorm1d(4, dtype=torch.float64))
    with pytest.raises(lg.DecoderError, match=r"decoder\.eval\(\)"):
        lg.ExpectedMetric(linear(4, 0), flat)
    with pytest.raises(lg.DecoderError, match=r"decoder\.eval\(\)"):
        lg.EnsembleMetric([linear(4, 0), flat])


def test_an_ensemble_is_the_mean_of_its_members() -> None:
    members = [random_mlp(hidden=8, obs=5, seed=seed) for seed in range(4)]
    z, _ = draw()
    found = lg.EnsembleMetric(members)(z)
    torch.testing.assert_close(found, torch.stack([lg.PullbackMetric(member)(z) for member in members]).mean(0))
    torch.testing.assert_close(lg.EnsembleMetric(members[:1])(z), lg.PullbackMetric(members[0])(z))
    # never below the metric of the members' mean
    mean = lg.PullbackMetric(lambda points: torch.stack([member(points) for member in members]).mean(0))
    assert float(torch.linalg.eigvalsh(found - mean(z)).min()) > 0


def test_a_constant_disagreement_does_not_count() -> None:
    member = random_mlp(hidden=8, obs=5)
    z, _ = draw()
    pair = lg.EnsembleMetric([member, lambda points: member(points) + 3])
    torch.testing.assert_close(pair(z), lg.PullbackMetric(member)(z))


def test_the_energy_is_the_mean_of_the_members_energies() -> None:
    members = [random_mlp(hidden=8, obs=5, seed=seed) for seed in range(3)]
    points = draw(4)[0].unsqueeze(0)
    energies = torch.stack([lg.energy(lg.PullbackMetric(member), points) for member in members])
    torch.testing.assert_close(lg.energy(lg.EnsembleMetric(members), points), energies.mean(0))


def test_no_members() -> None:
    with pytest.raises(ValueError, match="expected at least one, got none"):
        lg.EnsembleMetric([])


def test_members_of_different_sizes() -> None:
    with pytest.raises(ValueError, match=r"the same number of outputs; got \[4, 3\]"):
        lg.EnsembleMetric([linear(4, 0), linear(3, 1)])
