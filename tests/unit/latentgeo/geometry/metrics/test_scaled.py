"""A metric times a factor: its verbs, its jet, and geodesics against those of the same tensor as one function."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.built_on import substitute
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.smoothing import smooth
from surfaces import affine, hyperbolic, paraboloid, random_mlp

RAW = paraboloid().metric
# wide enough for geodesics to be free of it
BOX = ((-2.0, 2.0), (-2.0, 2.0))
QUICK = lg.SplineCurve(intervals=16, graph=lg.GraphPath(size=48, cache_size=64))


def hill(z: Tensor) -> Tensor:
    """Up to 7, around a point that is not the origin."""
    return 1 + 6 * (-3 * (z - z.new_tensor([0.3, 0.2])).square().sum(1)).exp()


def draw(count: int = 5, latent: int = 2) -> tuple[Tensor, Tensor]:
    z = torch.rand(2, count, latent, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    return 2 * z[0] - 1, 2 * z[1] - 1


def scaled(z: Tensor) -> Tensor:
    return hill(z)[:, None, None] * RAW(z)


CASES = {
    "scaled": (lg.ScaledMetric(RAW, hill), scaled),
    "scaled smoothed": (
        lg.ScaledMetric(lg.SmoothedMetric(RAW, 1.0), hill),
        lambda z: hill(z)[:, None, None] * smooth(RAW(z), 1.0),
    ),
    "smoothed scaled": (lg.SmoothedMetric(lg.ScaledMetric(RAW, hill), 1.0), lambda z: smooth(scaled(z), 1.0)),
    "twice scaled": (
        lg.ScaledMetric(lg.ScaledMetric(RAW, hill), lambda z: 1 + z.square().sum(1)),
        lambda z: (1 + z.square().sum(1))[:, None, None] * scaled(z),
    ),
}
EVERY = pytest.mark.parametrize(("metric", "function"), CASES.values(), ids=CASES.keys())


@EVERY
def test_laws(metric: lg.Metric, function) -> None:
    z, v = draw(20)
    G = metric(z)
    torch.testing.assert_close(G, function(z))
    torch.testing.assert_close(G, G.transpose(1, 2))
    assert float(torch.linalg.eigvalsh(G).min()) > -1e-12 * float(G.abs().max())
    torch.testing.assert_close(metric.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, G, v))
    assert metric(z[:0]).shape == (0, 2, 2)
    assert torch.autograd.gradcheck(metric.squared_speed, (z[:3].requires_grad_(), v[:3].requires_grad_()))


@EVERY
def test_jet(metric: lg.Metric, function) -> None:
    z, _ = draw()
    found, true = metric.jet(z), lg.FunctionMetric(function).jet(z)
    torch.testing.assert_close(found.value, true.value)
    for ours, theirs in zip((*found.first, *found.second), (*true.first, *true.second), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-8)


@pytest.mark.slow
@EVERY
def test_geodesics_are_those_of_the_tensor(metric: lg.Metric, function) -> None:
    z0, z1 = draw(4)
    ours = lg.geodesic(metric, z0, z1, QUICK, bounds=BOX)
    brute = lg.geodesic(lg.FunctionMetric(function), z0, z1, QUICK, bounds=BOX)
    assert ours.outcome == [lg.Outcome.CONVERGED] * 4
    torch.testing.assert_close(ours.length, brute.length, rtol=1e-6, atol=0)
    assert bool((ours.length < 0.999 * lg.euclidean(metric, z0, z1).length).any())


@EVERY
def test_the_innermost_metric_is_cached(metric: lg.Metric, function) -> None:
    z, v = draw(50)
    fast = cached(metric, z, bounds=BOX, size=64)
    grid = cache_of(fast)
    assert grid is not None
    assert grid.metric is RAW
    assert cache_of(metric) is None
    torch.testing.assert_close(fast(z), metric(z), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(fast.squared_speed(z, v), metric.squared_speed(z, v), rtol=1e-4, atol=1e-6)
    # one cache of the innermost serves all that is built on it
    assert cache_of(cached(metric, z, grid)) is grid


def test_the_whole_can_be_cached() -> None:
    metric = lg.ScaledMetric(RAW, hill)
    z0, z1 = draw(4)
    grid = lg.GridMetric(metric, BOX)
    found = lg.geodesic(metric, z0, z1, QUICK, grid=grid)
    torch.testing.assert_close(found.length, lg.geodesic(metric, z0, z1, QUICK, bounds=BOX).length, rtol=1e-6, atol=0)


def test_a_constant_factor_changes_lengths_alone() -> None:
    metric = lg.ScaledMetric(RAW, lambda z: 9 * torch.ones_like(z[:, 0]))
    z0, z1 = draw(4)
    found, raw = (lg.geodesic(m, z0, z1, QUICK, bounds=BOX) for m in (metric, RAW))
    torch.testing.assert_close(found.length, 3 * raw.length, rtol=1e-6, atol=0)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    torch.testing.assert_close(found.curve(t), raw.curve(t), rtol=0, atol=1e-3)


def test_the_half_plane_is_a_scaled_plane() -> None:
    plane = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))
    surface = hyperbolic()
    z0, z1 = surface.ends(6)
    found = lg.geodesic(lg.ScaledMetric(plane, lambda z: z[:, 1] ** -2), z0, z1)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-6, atol=0)


def test_three_dimensions() -> None:
    surface = affine(3)
    metric = lg.ScaledMetric(surface.metric, lambda z: 1 + z.square().sum(1))
    z0, z1 = surface.ends(2)
    found = lg.geodesic(metric, z0, z1)
    assert bool((found.length < lg.euclidean(metric, z0, z1).length).all())


def test_float32() -> None:
    single = lg.PullbackMetric(random_mlp(hidden=12, obs=8).float())
    assert lg.ScaledMetric(single, hill)(draw()[0].float()).dtype == torch.float32


@pytest.mark.parametrize("factor", [hill, lambda z: hill(z).unsqueeze(1)])
def test_another_metric_is_not_substituted(factor) -> None:
    metric = lg.ScaledMetric(RAW, factor)
    assert substitute(metric, affine(2).metric, RAW) is metric
    assert substitute(metric, metric, RAW) is RAW


@pytest.mark.parametrize(
    "factor",
    [lambda z: torch.full_like(z[:, 0], 3.0), lambda z: 5 + z[:, 0], lambda z: 5 + z[:, 0] * z[:, 1], hill],
    ids=["constant", "linear", "bilinear", "hill"],
)
def test_jets_of_simple_factors(factor) -> None:
    z, _ = draw()
    found = lg.ScaledMetric(RAW, factor).jet(z)
    true = lg.FunctionMetric(lambda points: factor(points)[:, None, None] * RAW(points)).jet(z)
    for ours, theirs in zip((*found.first, *found.second), (*true.first, *true.second), strict=True):
        assert not ours.requires_grad
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-8)


def test_a_factor_of_the_wrong_shape() -> None:
    metric = lg.ScaledMetric(RAW, lambda z: hill(z).unsqueeze(1))
    with pytest.raises(ValueError, match=r"\(batch, latent\) to \(batch,\); got \(5, 1\) from \(5, 2\)"):
        metric(draw()[0])


@pytest.mark.parametrize(("factor", "found"), [(lambda z: hill(z).float(), "torch.float32"), (lambda z: 2.0, "float")])
def test_a_factor_of_the_wrong_type(factor, found: str) -> None:
    with pytest.raises(ValueError, match=rf"a tensor of the points' dtype, torch\.float64; got {found}"):
        lg.ScaledMetric(RAW, factor)(draw()[0])


@pytest.mark.parametrize("verb", ["tensor", "speed", "jet"])
def test_a_factor_that_is_not_positive(verb: str) -> None:
    metric = lg.ScaledMetric(RAW, lambda z: hill(z) - 4)
    z, v = draw(20)
    with pytest.raises(ValueError, match=r"positive everywhere; its least value is -2\."):
        {"tensor": lambda: metric(z), "speed": lambda: metric.squared_speed(z, v), "jet": lambda: metric.jet(z)}[verb]()
