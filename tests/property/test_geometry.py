"""Laws that hold for every decoder and every curve."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import latentgeo as lg
import surfaces
from latentgeo.geometry.curves.curve import Curve, Polyline
from latentgeo.geometry.metrics.smoothing import smooth

decoders = st.builds(
    surfaces.random_mlp,
    latent=st.sampled_from([1, 2, 3, 5]),
    hidden=st.just(16),
    obs=st.integers(1, 12),
    scale=st.floats(0.5, 3.0),
    seed=st.integers(0, 10_000),
)
# with one output, the velocity has a kink wherever the decoder turns round
many_outputs = decoders.filter(lambda decoder: decoder[-1].out_features >= 4)
seeds = st.integers(0, 10_000)


def draw(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@settings(max_examples=25, deadline=None)
@given(decoders, seeds)
def test_tensor_is_that_of_the_jacobian_and_semi_definite(decoder: torch.nn.Sequential, seed: int) -> None:
    z = draw(seed, 4, decoder[0].in_features)
    G = lg.PullbackMetric(decoder)(z)
    for point, found in zip(z, G, strict=True):
        J = torch.autograd.functional.jacobian(lambda p: decoder(p.unsqueeze(0)).squeeze(0), point)
        torch.testing.assert_close(found, J.T @ J, rtol=1e-10, atol=1e-12)
    assert torch.equal(G, G.transpose(1, 2))
    assert float(torch.linalg.eigvalsh(G).min()) > -1e-10 * float(G.abs().max())


@settings(max_examples=25, deadline=None)
@given(decoders, seeds)
def test_squared_speed_is_the_quadratic_form(decoder: torch.nn.Sequential, seed: int) -> None:
    z, v = draw(seed, 2, 5, decoder[0].in_features)
    for metric in (lg.PullbackMetric(decoder), lg.PullbackMetric(lambda p: decoder(p).unflatten(1, (-1, 1)))):
        torch.testing.assert_close(metric.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, metric(z), v))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.floats(-6, 6), seeds)
def test_smoothing_acts_on_the_singular_values(latent: int, power: float, seed: int) -> None:
    A = draw(seed, 3, latent, latent)
    G, strength = A @ A.transpose(1, 2), 10.0**power
    s, U = torch.linalg.eigh(G)
    for rank in range(1, latent + 1):
        kept = torch.where(torch.arange(latent) >= latent - rank, s**3 / (s**2 + strength), 0.0)
        expected = (U * kept.unsqueeze(1)) @ U.transpose(1, 2)
        scale = float(expected.abs().max())
        torch.testing.assert_close(smooth(G, strength, rank), expected, rtol=1e-7, atol=1e-9 * scale)


@settings(max_examples=10, deadline=None)
@given(decoders, seeds)
def test_no_smoothing_is_the_raw_metric(decoder: torch.nn.Sequential, seed: int) -> None:
    raw = lg.PullbackMetric(decoder)
    z, v = draw(seed, 2, 4, decoder[0].in_features)
    still = lg.SmoothedMetric(raw, 0.0)
    assert torch.equal(still(z), raw(z))
    assert torch.equal(still.squared_speed(z, v), raw.squared_speed(z, v))


class Hurried(Curve):
    """A curve in the time t + a sin(2 pi t) / (2 pi), which runs ever forward for |a| < 1."""

    def __init__(self, curve: Curve, a: float) -> None:
        self.curve, self.a = curve, a

    @property
    def breaks(self) -> Tensor:
        return torch.linspace(0, 1, 201, dtype=torch.float64)

    def __call__(self, t: Tensor) -> Tensor:
        return self.curve(t + self.a * torch.sin(2 * torch.pi * t) / (2 * torch.pi))

    def derivative(self, t: Tensor) -> Tensor:
        when = t + self.a * torch.sin(2 * torch.pi * t) / (2 * torch.pi)
        return self.curve.derivative(when) * (1 + self.a * torch.cos(2 * torch.pi * t)).unsqueeze(-1)

    def select(self, index: Tensor) -> "Hurried":
        return Hurried(self.curve.select(index), self.a)


@settings(max_examples=15, deadline=None)
@given(many_outputs, seeds, st.floats(-0.9, 0.9))
def test_length_does_not_depend_on_the_time(decoder: torch.nn.Sequential, seed: int, a: float) -> None:
    metric = lg.PullbackMetric(decoder)
    z0, z1 = draw(seed, 2, 3, decoder[0].in_features)
    line = lg.euclidean(metric, z0, z1)
    hurried = Hurried(line.curve, a)
    torch.testing.assert_close(lg.length(metric, hurried), line.length, rtol=1e-5, atol=1e-9)
    assert bool((lg.energy(metric, hurried) >= line.length**2 * (1 - 1e-5)).all())


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(2, 9))
def test_waypoints_on_a_line_measure_as_the_line(seed: int, nodes: int) -> None:
    metric = lg.PullbackMetric(surfaces.random_mlp(hidden=16, obs=8))
    z0, z1 = draw(seed, 2, 3, 2)
    share = torch.sort(torch.rand(nodes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))[0]
    share[0], share[-1] = 0, 1
    points = z0[:, None] + share[:, None] * (z1 - z0)[:, None]
    found, line = lg.path(metric, points), lg.euclidean(metric, z0, z1)
    assert bool(((found.length - line.length).abs() <= found.length_error + line.length_error).all())
    torch.testing.assert_close(found.length, line.length, rtol=1e-4, atol=0)
    torch.testing.assert_close(Polyline(points)(share), points, rtol=0, atol=1e-12)


@settings(max_examples=4, deadline=None)
@given(seeds, st.floats(1.0, 3.0))
def test_geodesics_are_no_longer_than_lines_and_have_no_direction(seed: int, scale: float) -> None:
    metric = lg.PullbackMetric(surfaces.random_mlp(hidden=24, obs=12, scale=scale, seed=seed))
    z0, z1 = draw(seed, 2, 4, 2)
    there, back = lg.geodesic(metric, z0, z1), lg.geodesic(metric, z1, z0)
    assert bool((there.length <= lg.euclidean(metric, z0, z1).length).all())
    close = (there.length / back.length - 1).abs() < 1e-4
    assert int(close.sum()) >= 3, "two directions may find different minima, but not as a rule"


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 3), seeds)
def test_a_moved_latent_space_moves_the_answer(number: int, seed: int) -> None:
    surface = surfaces.ALL_2D[number]
    shift = 5 * draw(seed, 2)
    other = surfaces.moved(surface, shift, seed)
    z0, z1 = surface.ends(3)
    m0, m1 = other.ends(3)
    still, moved = lg.geodesic(surface.metric, z0, z1), lg.geodesic(other.metric, m0, m1)
    torch.testing.assert_close(still.length, moved.length, rtol=1e-4, atol=1e-9)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from([1, 2, 3, 10]))
def test_affine_decoders_have_straight_geodesics(latent: int) -> None:
    surface = surfaces.affine(latent)
    z0, z1 = surface.ends(3)
    found = lg.geodesic(surface.metric, z0, z1)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-9, atol=0)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    # a length is too long by the square of how far its curve is off: 1e-6, the solver's tolerance, leaves room for 1e-3
    torch.testing.assert_close(found.curve(t), lg.euclidean(surface.metric, z0, z1).curve(t), rtol=0, atol=1e-3)
    assert set(found.outcome) == {lg.Outcome.CONVERGED}
