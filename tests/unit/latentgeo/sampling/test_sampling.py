"""Random points and motion against the sphere's series, and densities whose moments are known."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.sampling.effective import effective_size
from periodic_surfaces import TAU
from periodic_surfaces import flat as flat_around
from surfaces import affine, hyperbolic, random_mlp, sphere

BOX = ((-0.9, 0.9), (-0.6, 1.2))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def on_the_sphere(z: Tensor) -> Tensor:
    """Points of the unit sphere, by stereographic coordinates."""
    square = z.square().sum(-1, keepdim=True)
    return torch.cat([2 * z, square - 1], -1) / (1 + square)


def kernel_of_the_sphere(cosine: Tensor, time: float) -> Tensor:
    """sum over l of (2 l + 1) / (4 pi) exp(-l (l + 1) t / 2) P_l(cos d)."""
    before, now = torch.ones_like(cosine), cosine
    total = (before + 3 * math.exp(-time) * now) / (4 * math.pi)
    for degree in range(2, 80):
        before, now = now, ((2 * degree - 1) * cosine * now - (degree - 1) * before) / degree
        total = total + (2 * degree + 1) / (4 * math.pi) * math.exp(-degree * (degree + 1) * time / 2) * now
    return total


def test_points_by_volume_are_uniform_on_the_sphere() -> None:
    """Archimedes: heights are uniform. The chart's box is a part of it, in which counts follow areas."""
    z = lg.sample_volume(sphere().metric, 40_000, ((-1.0, 1.0), (-1.0, 1.0)), generator=seeded())
    inside = z.norm(dim=1) <= 1
    # the unit disc is the southern half: heights from -1 to 0
    height = on_the_sphere(z[inside])[:, 2].sort().values
    even = torch.arange(1, len(height) + 1) / len(height) - 1
    # Kolmogorov and Smirnov, 1 in 10,000
    assert float((height - even).abs().max()) < 2.3 / len(height) ** 0.5
    assert bool((z.abs() <= 1).all())


def test_points_by_volume_follow_a_decoders_factor() -> None:
    metric = lg.PullbackMetric(random_mlp(2, 16, 8, scale=1.5))
    z = lg.sample_volume(metric, 20_000, BOX, size=65, generator=seeded())
    edges = [torch.linspace(low, high, 5, dtype=torch.float64) for low, high in BOX]
    fine = torch.cartesian_prod(*(torch.linspace(low, high, 401, dtype=torch.float64) for low, high in BOX))
    factor = lg.magnification_factor(metric(fine))
    found, expected = (
        torch.histogramdd(points, edges, weight=weight).hist for points, weight in ((z, None), (fine, factor.detach()))
    )
    share = expected / expected.sum()
    chi = ((found - len(z) * share).square() / (len(z) * share)).sum()
    assert float(chi) < 44  # 15 degrees of freedom, 1 in 10,000


def test_brownian_motion_loses_its_direction_as_the_sphere_has_it() -> None:
    """E P_l(cos d) = exp(-l (l + 1) t / 2)."""
    time, steps = 0.25, 20
    start = torch.tensor([[0.3, -0.2]], dtype=torch.float64).expand(2000, -1)
    path = lg.brownian_motion(sphere().metric, start, time, steps, generator=seeded(1), throw=True).path
    assert path.shape == (2000, steps + 1, 2)
    assert torch.equal(path[:, 0], start)
    for at, when in ((steps // 2, time / 2), (steps, time)):
        cosine = (on_the_sphere(path[:, at]) * on_the_sphere(start)).sum(1)
        for moment, rate in ((cosine, 1.0), ((3 * cosine.square() - 1) / 2, 3.0)):
            error = float(moment.std()) / 2000**0.5
            assert float(moment.mean()) == pytest.approx(math.exp(-rate * when), abs=4 * error + 2e-3)


def test_brownian_motion_on_a_plane_is_normal() -> None:
    plane = affine(3)
    start = torch.zeros(6000, 3, dtype=torch.float64)
    end = lg.brownian_motion(plane.metric, start, 0.5, 1, generator=seeded()).path[:, -1]
    expected = 0.5 * torch.linalg.inv(plane.metric(start[:1])[0])
    assert torch.allclose(end.T.cov(), expected.detach(), atol=0.05 * float(expected.diagonal().max()))


def test_walkers_that_are_lost_are_named_and_change_no_other() -> None:
    """The metric of a plane, of which a half has none."""

    def G(z: Tensor) -> Tensor:
        return torch.eye(2, dtype=z.dtype) * (z[:, :1] < 1).to(z.dtype)[:, None]

    start = torch.stack([torch.linspace(-40, 2, 8), torch.zeros(8)], 1).double()
    found = lg.brownian_motion(lg.FunctionMetric(G), start, 1.0, 50, generator=seeded())
    whole = lg.brownian_motion(affine_plane(), start, 1.0, 50, generator=seeded())
    outcome = [end.value for end in found.outcome]
    assert outcome[0] == "reached"
    assert outcome[-1] == "left_domain"
    assert float(found.time[-1]) == 0.0
    assert float(found.time[0]) == pytest.approx(1.0)
    for walker, end in enumerate(outcome):
        seen = torch.isfinite(found.path[walker]).all(1)
        # seen at first, and never after it was lost
        assert int(seen.sum()) == round(float(found.time[walker]) * 50) + 1
        assert bool(seen.all()) is (end == "reached")
        torch.testing.assert_close(found.path[walker][seen], whole.path[walker][seen])
    with pytest.raises(lg.GeodesicError, match=r"walkers were lost; the first, walker \d"):
        lg.brownian_motion(lg.FunctionMetric(G), start, 1.0, 50, generator=seeded(), throw=True)


def affine_plane() -> lg.Metric:
    return lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2))


def test_the_heat_kernel_is_the_spheres_series() -> None:
    source = torch.tensor([0.1, -0.05], dtype=torch.float64)
    errors = []
    for size in (129, 257):
        found = lg.heat_kernel(sphere().metric, source, 0.08, ((-1.6, 1.6), (-1.6, 1.6)), size, steps=80)
        assert float((found.density * found.volume).sum()) == pytest.approx(1, abs=1e-10)
        nearest = found.z.view(-1, 2)[(found.z.view(-1, 2) - source).norm(dim=1).argmin()]
        cosine = (on_the_sphere(found.z) * on_the_sphere(nearest)).sum(2)
        true = kernel_of_the_sphere(cosine, 0.08)
        # where the border is not felt
        near = found.z.norm(dim=2) < 0.8
        errors.append(float((found.density - true)[near].abs().max() / true.max()))
    assert errors[1] < 0.005
    # of second order
    assert errors[1] < 0.4 * errors[0]


@pytest.mark.parametrize("periods", [(TAU, None), (None, TAU), (TAU, TAU)])
def test_heat_goes_across_a_seam(periods: tuple[float | None, ...]) -> None:
    """On a flat cylinder and torus: normal along a line, the sum of a normal's images around a circle."""
    time, source = 0.8, torch.tensor([0.1, 6.2], dtype=torch.float64)
    box = ((0.0, TAU) if periods[0] else (-5.0, 5.0), (0.0, TAU) if periods[1] else (1.2, 11.2))
    turns = torch.tensor([TAU, -TAU], dtype=torch.float64)
    found = lg.heat_kernel(
        flat_around(periods).metric, source + turns * torch.tensor([p is not None for p in periods]), time, box, 257
    )
    assert float((found.density * found.volume).sum()) == pytest.approx(1, abs=1e-10)
    area = (box[0][1] - box[0][0]) * (box[1][1] - box[1][0])
    assert float(found.volume.sum()) == pytest.approx(area, rel=1e-12)
    nearest = found.z.view(-1, 2)[(found.z.view(-1, 2) - source).norm(dim=1).argmin()]
    true = torch.ones_like(found.density)
    for axis, period in enumerate(periods):
        shifts = torch.arange(-4, 5) * TAU if period else torch.zeros(1)
        off = found.z[..., axis, None] - nearest[axis] + shifts
        true = true * (-off.square() / (2 * time)).exp().sum(-1) / (TAU * time) ** 0.5
    assert float((found.density - true).abs().max() / true.max()) < 2e-3
    for axis, period in enumerate(periods):
        if period:
            ends = found.density.movedim(1 - axis, 0)
            assert torch.equal(ends[0], ends[-1])


def test_the_heat_kernel_is_where_walkers_are() -> None:
    source, time = torch.tensor([0.2, 0.1], dtype=torch.float64), 0.05
    metric = hyperbolic().metric
    heat = lg.heat_kernel(metric, source + torch.tensor([0.0, 1.0]), time, ((-1.8, 2.2), (0.3, 3.3)), 161)
    walkers = lg.brownian_motion(
        metric, (source + torch.tensor([0.0, 1.0])).expand(4000, -1), time, 40, generator=seeded()
    ).path[:, -1]
    share = heat.density * heat.volume
    mean = (share[..., None] * heat.z).sum((0, 1))
    spread = (share[..., None] * (heat.z - mean).square()).sum((0, 1))
    assert torch.allclose(walkers.mean(0), mean, atol=0.02)
    assert torch.allclose(walkers.var(0), spread, rtol=0.1)


def normal(mean: Tensor, covariance: Tensor):
    return torch.distributions.MultivariateNormal(mean, covariance, validate_args=False)


@pytest.mark.slow
@pytest.mark.parametrize("by_volume", [False, True])
def test_hmc_draws_a_normal_distribution_with_any_mass(by_volume: bool) -> None:
    """The metric is the mass only: the density is that of the coordinates, or of the volume."""
    metric = lg.PullbackMetric(random_mlp(2, 16, 8, scale=0.7))
    target = normal(torch.tensor([0.3, -0.2]).double(), torch.tensor([[0.5, 0.2], [0.2, 0.3]]).double())

    def log_density(z: Tensor) -> Tensor:
        plain = target.log_prob(z)
        return plain - lg.magnification_factor(metric(z)).log() if by_volume else plain

    start = target.sample((200,))
    found = lg.riemannian_hmc(
        metric, log_density, start, 6, step_size=0.06, leaps=4, by_volume=by_volume, generator=seeded()
    )
    z = found.z.flatten(0, 1)
    size = float(found.effective.min())
    assert size > 100
    assert float(found.acceptance.mean()) > 0.7
    error = (target.covariance_matrix.diagonal() / size).sqrt()
    assert bool(((z.mean(0) - target.mean).abs() < 4 * error).all())
    assert torch.allclose(z.T.cov(), target.covariance_matrix, atol=0.12)


@pytest.mark.slow
def test_hmc_by_volume_draws_von_mises_and_fishers_distribution_on_the_sphere() -> None:
    """exp(-k height) per unit of area: E height = 1 / k - coth k, E height^2 = 1 - 2 coth k / k + 2 / k^2."""
    k = 5.0
    start = lg.sample_volume(sphere().metric, 200, ((-0.5, 0.5), (-0.5, 0.5)), generator=seeded())
    found = lg.riemannian_hmc(
        sphere().metric,
        lambda z: -k * on_the_sphere(z)[:, 2],
        start,
        4,
        step_size=0.35,
        leaps=3,
        warmup=5,
        by_volume=True,
        generator=seeded(),
    )
    height = on_the_sphere(found.z.flatten(0, 1))[:, 2]
    coth = 1 / math.tanh(k)
    # chains are independent
    for moment, expected in ((height, 1 / k - coth), (height.square(), 1 - 2 * coth / k + 2 / k**2)):
        assert float(moment.mean()) == pytest.approx(expected, abs=4 * float(moment.std()) / 200**0.5)


def test_hmc_names_steps_that_are_too_long() -> None:
    metric = lg.PullbackMetric(random_mlp(2, 16, 8, scale=2.0))
    start = torch.zeros(10, 2, dtype=torch.float64)
    found = lg.riemannian_hmc(metric, lambda z: -z.square().sum(1), start, 2, step_size=30.0, generator=seeded())
    assert float(found.divergent.mean()) > 0.5
    assert bool((found.acceptance + found.divergent <= 1).all())


def test_the_effective_size_is_that_of_an_autoregression() -> None:
    """A process with correlation r is worth (1 - r) / (1 + r) of its draws."""
    generator, r = seeded(), 0.8
    noise = torch.randn(20, 2000, 1, generator=generator, dtype=torch.float64)
    draws = [noise[:, 0]]
    for step in range(1, 2000):
        draws.append(r * draws[-1] + (1 - r * r) ** 0.5 * noise[:, step])
    found = float(effective_size(torch.stack(draws, 1))[0])
    assert found == pytest.approx(20 * 2000 * (1 - r) / (1 + r), rel=0.1)
    apart = torch.stack(draws, 1) + 10 * torch.arange(20).view(-1, 1, 1)
    assert float(effective_size(apart)[0]) < 60
    assert math.isnan(float(effective_size(torch.zeros(2, 10, 1))[0]))


def test_what_cannot_be_done_is_refused_by_name() -> None:
    metric, z = sphere().metric, torch.zeros(3, 2, dtype=torch.float64)
    flat = lg.PullbackMetric(lambda z: z[:, :1] * torch.ones(3))
    hmc = {"step_size": 0.1, "generator": seeded()}
    for called, words in (
        (lambda: lg.brownian_motion(metric, z, -1.0, generator=seeded()), "time must be positive"),
        (lambda: lg.brownian_motion(metric, z, 1.0, 0, generator=seeded()), "steps must be at least 1"),
        (lambda: lg.sample_volume(metric, -1, BOX, generator=seeded()), "count must be 0 or more"),
        (lambda: lg.sample_volume(flat, 3, BOX, size=9, generator=seeded()), "has no volume"),
        (lambda: lg.heat_kernel(metric, z[0] + 5, 0.1, BOX), "is outside the bounds"),
        (lambda: lg.heat_kernel(metric, z[0], 0.0, BOX), "time must be positive"),
        (lambda: lg.heat_kernel(flat_around((TAU, None)).metric, z[0], 0.1, BOX), "must be one period apart"),
        (lambda: lg.heat_kernel(flat, z[0], 0.1, BOX, 9), "singular or not finite at"),
        (lambda: lg.riemannian_hmc(metric, None, z, 0, **hmc), "draws and leaps must be 1 or more"),
        (lambda: lg.riemannian_hmc(metric, lambda z: z, z, 1, **hmc), "log_density must give"),
        (lambda: lg.riemannian_hmc(flat, None, z, 1, **hmc), "chain 0 starts at"),
    ):
        with pytest.raises(ValueError, match=words):
            called()
