"""The Riemann tensor and what it is contracted to: symmetries, both ways to it, and what is refused."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.calculus.local import Embedded, Intrinsic, local
from surfaces import draw, hyperbolic_ball, random_mlp

PLANE = lg.PullbackMetric(random_mlp(hidden=8))
SPACE = lg.PullbackMetric(random_mlp(4, hidden=8, obs=9))


def dear(z: Tensor) -> Tensor:
    return 1 + z.square().sum(1) + 0.3 * z[:, 0].sin()


METRICS = {
    "decoder": SPACE,
    "scaled": lg.ScaledMetric(SPACE, dear),
    "smoothed": lg.SmoothedMetric(SPACE, 1e-3),
    "expected": lg.EnsembleMetric([random_mlp(4, hidden=8, obs=9, seed=seed) for seed in range(2)]),
    "two outputs beside four dimensions": lg.FunctionMetric(lambda z: SPACE(z) + torch.eye(4, dtype=z.dtype)),
}
EVERY = pytest.mark.parametrize("name", METRICS)


@pytest.mark.parametrize("latent", [1, 2, 3, 6])
def test_shapes(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=8, obs=9))
    z, v = draw(4, latent, -1, 1)
    for points in (z, z[:0]):
        assert lg.riemann(metric, points).shape == (len(points), *[latent] * 4)
        assert lg.ricci(metric, points).shape == (len(points), latent, latent)
        assert lg.scalar_curvature(metric, points).shape == (len(points),)
        assert lg.sectional_curvature(metric, points, v[: len(points)], points).shape == (len(points),)


def test_a_line_is_not_curved() -> None:
    metric = lg.PullbackMetric(random_mlp(1, hidden=8, obs=9))
    z, v = draw(3, 1, -1, 1)
    assert not bool(lg.riemann(metric, z).any())
    assert not bool(lg.scalar_curvature(metric, z).any())
    # in one dimension there is no plane
    assert bool(lg.sectional_curvature(metric, z, v, z).isnan().all())


@EVERY
def test_symmetries_and_the_first_bianchi_identity(name: str) -> None:
    z, _ = draw(3, 4, -1, 1)
    R = torch.einsum("bim,bmjkl->bijkl", METRICS[name](z), lg.riemann(METRICS[name], z))
    exact = {"rtol": 0.0, "atol": 1e-9 * float(R.abs().max())}
    assert float(R.abs().max()) > 1e-3
    torch.testing.assert_close(R, -R.permute(0, 2, 1, 3, 4), **exact)
    torch.testing.assert_close(R, -R.permute(0, 1, 2, 4, 3), **exact)
    torch.testing.assert_close(R, R.permute(0, 3, 4, 1, 2), **exact)
    cyclic = R + R.permute(0, 1, 3, 4, 2) + R.permute(0, 1, 4, 2, 3)
    torch.testing.assert_close(cyclic, torch.zeros_like(R), **exact)


@EVERY
def test_it_is_the_curl_of_the_connection(name: str) -> None:
    metric = METRICS[name]
    z, _ = draw(2, 4, -1, 1)
    step = 1e-5
    gamma = lg.christoffel(metric, z)
    D = torch.stack(
        [
            (lg.christoffel(metric, z + shift) - lg.christoffel(metric, z - shift)) / (2 * step)
            for shift in step * torch.eye(4, dtype=z.dtype)
        ],
        1,
    )
    # d_k Gamma^i_lj + Gamma^i_km Gamma^m_lj, less the same with k and l exchanged
    half = D.permute(0, 2, 4, 1, 3) + torch.einsum("bikm,bmlj->bijkl", gamma, gamma)
    true = half - half.transpose(3, 4)
    torch.testing.assert_close(lg.riemann(metric, z), true, rtol=0, atol=2e-6 * float(true.abs().max()))


@EVERY
def test_contractions(name: str) -> None:
    metric = METRICS[name]
    z, u = draw(3, 4, -1, 1)
    v = u.roll(1, 1)
    G, R = metric(z), lg.riemann(metric, z)
    ricci = torch.einsum("bijil->bjl", R)
    torch.testing.assert_close(lg.ricci(metric, z), ricci, rtol=1e-9, atol=1e-9)
    scalar = torch.einsum("bjl,bjl->b", torch.linalg.inv(G), ricci)
    torch.testing.assert_close(lg.scalar_curvature(metric, z), scalar, rtol=1e-8, atol=1e-9)
    above = torch.einsum("bmi,bijkl,bm,bj,bk,bl->b", G, R, u, v, u, v)
    uu, uv, vv = (torch.einsum("bi,bij,bj->b", a, G, b) for a, b in ((u, u), (u, v), (v, v)))
    sectional = lg.sectional_curvature(metric, z, u, v)
    torch.testing.assert_close(sectional, above / (uu * vv - uv * uv), rtol=1e-8, atol=1e-10)
    # that of the plane, whichever vectors span it
    torch.testing.assert_close(lg.sectional_curvature(metric, z, 3 * u - v, 1e3 * v + u), sectional)


@pytest.mark.parametrize("latent", [2, 3])
def test_both_ways_agree(latent: int) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, hidden=8, obs=9))
    same = lg.FunctionMetric(metric)
    z, v = draw(4, latent, -1, 1)
    outer, inner = local(metric, z), local(same, z)
    assert isinstance(outer, Embedded)
    assert isinstance(inner, Intrinsic)
    for one, other in (
        (outer.riemann(), inner.riemann()),
        (outer.connection(v), inner.connection(v)),
        (outer.pull(v), inner.pull(v)),
        (outer.root.mT @ outer.root, inner.root.mT @ inner.root),
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11 * float(other.abs().max()))


CACHED = lg.GridMetric(PLANE, ((-1.5, 1.5), (-1.5, 1.5)), 48)


@pytest.mark.parametrize(
    "metric",
    [PLANE, lg.ScaledMetric(PLANE, dear), lg.SmoothedMetric(PLANE, 2.0), CACHED, lg.SmoothedMetric(CACHED, 2.0)],
    ids=["decoder", "scaled", "smoothed", "cached", "smoothed-cache"],
)
def test_in_the_plane_all_of_it_is_the_gaussian_curvature(metric: lg.Metric) -> None:
    z, u = draw(5, 2, -1, 1)
    K = lg.gaussian_curvature(metric, z)
    close = {"rtol": 1e-9, "atol": 1e-9 * float(K.abs().max())}
    torch.testing.assert_close(lg.sectional_curvature(metric, z, u, z), K, **close)
    torch.testing.assert_close(lg.scalar_curvature(metric, z), 2 * K, **close)
    torch.testing.assert_close(lg.ricci(metric, z), K[:, None, None] * metric(z), rtol=1e-9, atol=1e-9)
    R = torch.einsum("bim,bmjkl->bijkl", metric(z), lg.riemann(metric, z))
    torch.testing.assert_close(R[:, 0, 1, 0, 1], K * torch.linalg.det(metric(z)), rtol=1e-9, atol=1e-9)


def test_the_units_are_those_of_observations() -> None:
    surface = hyperbolic_ball(3)
    z, u = surface.ends(3)
    larger = lg.FunctionMetric(lambda points: 9 * surface.metric(points))
    torch.testing.assert_close(lg.sectional_curvature(larger, z, u, z), torch.full_like(z[:, 0], -1 / 9))
    torch.testing.assert_close(lg.riemann(larger, z), lg.riemann(surface.metric, z))


def test_where_the_metric_is_singular_it_is_nan() -> None:
    z, v = draw(3, 3, -1, 1)
    decoder = random_mlp(2, hidden=8)
    dead = lg.PullbackMetric(lambda z: decoder(z[:, :2]))
    few = lg.PullbackMetric(random_mlp(3, hidden=8, obs=2))
    flat = lg.FunctionMetric(lambda z: torch.diag_embed(torch.cat([1 + z[:, :2] ** 2, 0 * z[:, :1]], 1)))
    for metric in (dead, few, flat):
        assert bool(lg.riemann(metric, z).isnan().all())
        assert bool(lg.scalar_curvature(metric, z).isnan().all())
        assert bool(lg.sectional_curvature(metric, z, v, z).isnan().all())


def test_parallel_vectors_span_no_plane() -> None:
    z, v = draw(3, 4, -1, 1)
    assert bool(lg.sectional_curvature(SPACE, z, v, -2 * v).isnan().all())
    assert bool(lg.sectional_curvature(SPACE, z, v, torch.zeros_like(v)).isnan().all())
    # nearly parallel ones do
    near = lg.sectional_curvature(SPACE, z, v, v + 1e-6 * z)
    torch.testing.assert_close(near, lg.sectional_curvature(SPACE, z, v, z), rtol=1e-6, atol=1e-8)


def test_no_gradient_is_kept() -> None:
    metric = lg.PullbackMetric(random_mlp(3, hidden=8, obs=9).requires_grad_(), weight_gradients=True)
    z, v = draw(2, 3, -1, 1)
    z.requires_grad_()
    for given in (metric, lg.ScaledMetric(metric, dear)):
        assert not lg.riemann(given, z).requires_grad
        assert not lg.ricci(given, z).requires_grad
        assert not lg.scalar_curvature(given, z).requires_grad
        assert not lg.sectional_curvature(given, z, v, v.flip(1)).requires_grad


def test_a_few_points_at_a_time() -> None:
    class Small(lg.FunctionMetric):
        @property
        def points_at_once(self) -> int:
            return 1

    z, v = draw(5, 3, -0.5, 0.5)
    metric = hyperbolic_ball(3).metric
    torch.testing.assert_close(lg.riemann(Small(metric), z), lg.riemann(metric, z))
    u = v.flip(1)
    torch.testing.assert_close(lg.sectional_curvature(Small(metric), z, u, v), lg.sectional_curvature(metric, z, u, v))


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
@pytest.mark.parametrize("latent", [2, 3])
def test_a_piecewise_linear_decoder_is_refused(latent: int) -> None:
    torch.manual_seed(0)
    decoder = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, 9)).double()
    metric = lg.PullbackMetric(decoder)
    z, v = draw(3, latent, -1, 1)
    for curvature in (
        lambda m: lg.riemann(m, z),
        lambda m: lg.ricci(m, z),
        lambda m: lg.scalar_curvature(m, z),
        lambda m: lg.sectional_curvature(m, z, v, v.flip(1)),
    ):
        for given in (metric, lg.SmoothedMetric(metric, 1.0)):
            with pytest.raises(lg.DecoderError, match=r"piecewise linear.*no curvature"):
                curvature(given)


@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
def test_a_decoder_that_torch_cannot_differentiate() -> None:
    decoder = random_mlp(3, hidden=8, obs=9)

    def detached(z: Tensor) -> Tensor:
        return decoder(z.detach())

    z, _ = draw(3, 3, -1, 1)
    found = lg.riemann(lg.PullbackMetric(detached), z)
    true = lg.riemann(lg.PullbackMetric(decoder), z)
    torch.testing.assert_close(found, true, rtol=0, atol=1e-5 * float(true.abs().max()))


@pytest.mark.usefixtures("unchecked")
def test_points_and_vectors_of_the_wrong_shape() -> None:
    z, v = draw(3, 3, -1, 1)
    for curvature in (lg.riemann, lg.ricci, lg.scalar_curvature):
        with pytest.raises(ValueError, match=r"z must be \(batch, latent\); got \(3,\)"):
            curvature(SPACE, z[0])
    with pytest.raises(ValueError, match="z and v must have the same shape"):
        lg.sectional_curvature(SPACE, z, v, v[:, :2])
