"""Expected metrics against closed forms, and against expectations that are sums over all outcomes."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.routes.layers import StackedLayers
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


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points were pushed through stacked layers, call by call."""
    calls: list[int] = []
    push = StackedLayers._push

    def noted(self: StackedLayers, h: Tensor, tangents: Tensor) -> Tensor:
        calls.append(len(h))
        return push(self, h, tangents)

    monkeypatch.setattr(StackedLayers, "_push", noted)
    return calls


LAYERS = {
    "tanh": lambda: [nn.Linear(3, 9), nn.Tanh(), nn.Linear(9, 7), nn.Sigmoid()],
    "leaky": lambda: [nn.Linear(3, 9, bias=False), nn.LeakyReLU(0.3), nn.Linear(9, 7), nn.SiLU(inplace=True)],
    "nested": lambda: [nn.Sequential(nn.Linear(3, 4), nn.Softplus(beta=2.0)), nn.Dropout(), nn.Linear(4, 5)],
    "one layer": lambda: [nn.Linear(3, 5)],
}


def alike(kind: str, count: int = 3, dtype: torch.dtype = torch.float64) -> list[nn.Sequential]:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return [nn.Sequential(*LAYERS[kind]()).to(dtype).eval() for _ in range(count)]


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_members_of_one_architecture_are_stacked(kind: str, dtype: torch.dtype, stacks: list[int]) -> None:
    members = alike(kind, dtype=dtype)
    metric = lg.EnsembleMetric(members)
    z, v = (rows.to(dtype) for rows in draw(20, 3))
    parts = [lg.PullbackMetric(member) for member in members]
    tolerance = {"rtol": 1e-12 if dtype == torch.float64 else 1e-5, "atol": 1e-14 if dtype == torch.float64 else 1e-6}
    torch.testing.assert_close(metric(z), torch.stack([part(z) for part in parts]).mean(0), **tolerance)
    speeds = torch.stack([part.squared_speed(z, v) for part in parts])
    torch.testing.assert_close(metric.squared_speed(z, v), speeds.mean(0), **tolerance)
    assert stacks == [20, 20]
    # no gradient is kept that is not asked for
    assert not metric(z).requires_grad
    many = torch.cat([z] * 200)
    torch.testing.assert_close(metric(many)[:20], metric(z), **tolerance)
    assert stacks == [20, 20, 20, 20]


def test_stacked_members_have_gradients_to_points_and_weights(stacks: list[int]) -> None:
    members = alike("tanh", 2)
    z, v = draw(4, 3)
    metric = lg.EnsembleMetric(members, weight_gradients=True)
    first = members[1][0].weight
    (slope,) = torch.autograd.grad(metric.squared_speed(z, v).sum(), first)
    alone = lg.PullbackMetric(members[1], weight_gradients=True)
    torch.testing.assert_close(slope, torch.autograd.grad(alone.squared_speed(z, v).sum(), first)[0] / 2)
    assert torch.autograd.gradgradcheck(metric.squared_speed, (z.requires_grad_(), v.requires_grad_()))
    assert torch.autograd.gradgradcheck(metric, (z,))
    jacobian = torch.func.vmap(torch.func.jacfwd(lambda point: metric(point[None])[0]))(z.detach())
    torch.testing.assert_close(
        jacobian, torch.autograd.functional.jacobian(lambda p: metric(p).sum(0), z).movedim(2, 0)
    )
    assert stacks


def test_weights_that_change_are_seen(stacks: list[int]) -> None:
    members = alike("tanh", 2)
    metric = lg.EnsembleMetric(members)
    z, _ = draw(4, 3)
    before = metric(z)
    members[0][2].weight.data.mul_(2)
    torch.testing.assert_close(metric(z), (lg.PullbackMetric(members[0])(z) + lg.PullbackMetric(members[1])(z)) / 2)
    assert not torch.allclose(metric(z), before)
    # a member that has got a layer, or a hook, is another architecture
    members[0].append(nn.Tanh())
    torch.testing.assert_close(metric(z), (lg.PullbackMetric(members[0])(z) + lg.PullbackMetric(members[1])(z)) / 2)
    assert len(stacks) == 3


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
def test_members_that_differ_are_taken_one_by_one(stacks: list[int]) -> None:
    z, v = draw(6, 3)
    unlike = [
        [*alike("tanh", 1), *alike("leaky", 1)],
        [nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(slope)).double() for slope in (0.1, 0.2)],
        [nn.Sequential(nn.Linear(3, 4, bias=bias), nn.Tanh()).double() for bias in (True, False)],
        [nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 2)).double() for width in (4, 5)],
        [lambda z: z.sin(), lambda z: z.cos()],
    ]
    for members in unlike:
        metric = lg.EnsembleMetric(members)
        speeds = torch.stack([lg.PullbackMetric(member).squared_speed(z, v) for member in members])
        torch.testing.assert_close(metric.squared_speed(z, v), speeds.mean(0).detach())
    assert stacks == []
    with pytest.raises(ValueError, match="z and v must share a floating dtype"):
        lg.EnsembleMetric(alike("tanh")).squared_speed(z, v.float())
    with pytest.raises(lg.DecoderError, match="takes 3 latent dimensions"):
        lg.EnsembleMetric(alike("tanh"))(z[:, :2])


def test_no_members() -> None:
    with pytest.raises(ValueError, match="expected at least one, got none"):
        lg.EnsembleMetric([])


def test_members_of_different_sizes() -> None:
    with pytest.raises(ValueError, match=r"the same number of outputs; got \[4, 3\]"):
        lg.EnsembleMetric([linear(4, 0), linear(3, 1)])
