"""The density of Gaussian encodings against its closed form, and the factor that keeps geodesics among encodings."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

import latentgeo as lg

F64 = torch.float64
FULL = 2 * math.pi
TURN = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=F64)
SHIFT = torch.tensor([40.0, -70.0], dtype=F64)
# 95 % of the squares of this many standard normal numbers, added up, are below
CHI_SQUARE = {2: 5.99146, 10: 18.30704}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(points: int, latent: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(points, latent, generator=seeded(seed), dtype=F64)


def ring(points: int, latent: int = 2, seed: int = 0) -> Tensor:
    """A circle in the first two coordinates, with noise in all, as far from it in any number of them."""
    angle = FULL * torch.rand(points, generator=seeded(seed), dtype=F64)
    z = 0.05 * (2 / latent) ** 0.5 * normal(points, latent, seed + 1)
    z[:, 0] += angle.cos()
    z[:, 1] += angle.sin()
    return z


def directions(latent: int) -> Tensor:
    z = normal(64, latent, seed=9)
    return z / z.norm(dim=1, keepdim=True)


@pytest.fixture(scope="module")
def found() -> lg.KernelFactor:
    return lg.KernelFactor.fit(ring(600), 256, generator=seeded(1))


@pytest.mark.parametrize(("latent", "bandwidth"), [(2, 0.3), (10, 1.0)])
def test_gaussian_encodings(latent: int, bandwidth: float) -> None:
    kappa, points = 20.0, 5000
    found = lg.KernelFactor.fit(normal(points, latent), 4000, kappa, bandwidth=bandwidth, generator=seeded())
    # kernels widen the encodings' own normal distribution
    s = 1 + bandwidth**2

    def log_p(square: float) -> float:
        return -latent / 2 * math.log(2 * math.pi * s) - square / (2 * s)

    level = log_p(CHI_SQUARE[latent])
    assert found.log_level == pytest.approx(level, abs=0.15)
    middle = math.sqrt(latent)
    for radius in (0.5 * middle, middle, 1.5 * middle):
        z = radius * directions(latent)
        assert float(found.log_density(z).mean()) == pytest.approx(log_p(radius**2), abs=0.1)
    # the factor of that density
    z = 2.3 * middle * directions(latent)
    q = math.exp(log_p((2.3 * middle) ** 2) - level)
    exact = (1 - (1 - kappa ** (-latent / 2)) * (1 - q) ** 3) ** (-2 / latent)
    assert float(found(z).mean()) == pytest.approx(exact, rel=0.15)
    assert exact > 1.3
    assert float((found(normal(2000, latent, seed=5)) == 1).double().mean()) == pytest.approx(0.95, abs=0.025)


def test_the_density_is_that_of_the_mixture(found: lg.KernelFactor) -> None:
    kernels = torch.distributions.MultivariateNormal(found.centres, found.bandwidth**2 * torch.eye(2, dtype=F64))
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(found.weights), kernels)
    z = 3 * normal(50, seed=4)
    torch.testing.assert_close(found.log_density(z), mixture.log_prob(z), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("periods", [None, (FULL, None), (3.0, 2.0)], ids=["plane", "cylinder", "torus"])
def test_the_density_integrates_to_one(periods: tuple[float | None, ...] | None) -> None:
    found = lg.KernelFactor.fit(ring(300), 32, bandwidth=0.4, periods=periods, generator=seeded())
    sides = [(-4.0, 4.0) if periods is None or period is None else (0.0, period) for period in periods or (None, None)]
    # midpoints: exact for what repeats itself, and for what vanishes at both ends
    lines = [low + (high - low) * (torch.arange(120, dtype=F64) + 0.5) / 120 for low, high in sides]
    z = torch.cartesian_prod(*lines)
    area = math.prod((high - low) / 120 for low, high in sides)
    assert float(found.log_density(z).exp().sum() * area) == pytest.approx(1, abs=1e-6)


def test_no_other_bandwidth_is_likelier(found: lg.KernelFactor) -> None:
    others = [
        lg.KernelFactor.fit(ring(600), 256, bandwidth=found.bandwidth * 2.0**k, generator=seeded(1)).held_out
        for k in (-2.0, -0.5, -0.1, 0.1, 0.5, 2.0)
    ]
    assert all(other < found.held_out for other in others)
    # and it resolves the ring, whose noise is 0.05
    assert 0.01 < found.bandwidth < 0.15
    around = lg.KernelFactor.fit(ring(300), 64, periods=(FULL, FULL), generator=seeded())
    wider, narrower = (
        lg.KernelFactor.fit(
            ring(300), 64, bandwidth=around.bandwidth * by, periods=(FULL, FULL), generator=seeded()
        ).held_out
        for by in (1.1, 0.9)
    )
    assert max(wider, narrower) < around.held_out


def test_it_is_one_among_the_encodings_and_kappa_far_from_them(found: lg.KernelFactor) -> None:
    assert float((found(ring(2000, seed=7)) == 1).double().mean()) == pytest.approx(0.95, abs=0.03)
    away = torch.tensor([[0.0, 0.0], [2.5, 0.0], [-300.0, 1e6]], dtype=F64)
    torch.testing.assert_close(found(away), torch.full((3,), 10.0, dtype=F64), rtol=1e-6, atol=0)
    torch.testing.assert_close(found.uncertainty(away), torch.ones(3, dtype=F64))
    z = 6 * torch.rand(500, 2, generator=seeded(4), dtype=F64) - 3
    factor = replace(found, kappa=5.0)(z)
    assert 1 <= float(factor.min()) <= float(factor.max()) <= 5 * (1 + 1e-12)


def test_derivatives(found: lg.KernelFactor) -> None:
    z = torch.tensor([[1.2, 0.1], [0.8, 0.1], [0.0, 1.3], [0.1, 0.0], [5.0, 5.0]], dtype=F64)
    assert torch.autograd.gradcheck(found, (z.requires_grad_(),))
    assert torch.autograd.gradgradcheck(found, (z,))
    metric = lg.ScaledMetric(lg.PullbackMetric(lambda z: torch.cat([z, z.sin()], 1)), found)
    z = z.detach()[:3]
    jet = metric.jet(z)
    step = 1e-5
    unit = torch.eye(2, dtype=F64)

    def entries(points: Tensor) -> Tensor:
        return metric(points).flatten(1)[:, [0, 1, 3]]

    for axis in range(2):
        ahead, behind = (metric.jet(z + side * step * unit[axis]) for side in (1, -1))
        slope = (entries(z + step * unit[axis]) - entries(z - step * unit[axis])) / (2 * step)
        torch.testing.assert_close(jet.first[axis], slope, rtol=1e-6, atol=1e-6)
        bend = (ahead.first[axis] - behind.first[axis]) / (2 * step)
        torch.testing.assert_close(jet.second[2 * axis], bend, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("latent", [2, 10])
def test_geodesics_keep_to_the_ring(latent: int) -> None:
    encodings = ring(500, latent)
    factor = lg.KernelFactor.fit(encodings, 200, 30.0, generator=seeded())
    raw = lg.PullbackMetric(lambda z: z)
    z0, z1 = encodings[:2].clone(), encodings[:2].clone()
    # a third of a turn further on
    z1[:, :2] = z1[:, :2] @ torch.tensor([[-0.5, 0.75**0.5], [-(0.75**0.5), -0.5]], dtype=F64)
    solver = lg.SplineCurve(intervals=12, graph=lg.GraphPath(size=48, cache_size=64))
    found = lg.geodesic(lg.ScaledMetric(raw, factor), z0, z1, solver, data=encodings)
    radius = found.curve(60)[..., :2].norm(dim=2)
    assert float(radius.min()) > 0.75
    assert float(lg.euclidean(raw, z0, z1).curve(60)[..., :2].norm(dim=2).amin(1).max()) < 0.6
    assert float(found.curve(60)[..., 2:].abs().amax()) < 0.4 if latent > 2 else True


def test_a_moved_latent_space_moves_the_answer(found: lg.KernelFactor) -> None:
    moved = lg.KernelFactor.fit(3 * ring(600) @ TURN.T + SHIFT, 256, generator=seeded(1))
    assert moved.bandwidth == pytest.approx(3 * found.bandwidth, rel=1e-3)
    z = 4 * torch.rand(300, 2, generator=seeded(6), dtype=F64) - 2
    same = replace(moved, bandwidth=3 * found.bandwidth)
    volume = 2 * math.log(3)
    torch.testing.assert_close(
        same.log_density(3 * z @ TURN.T + SHIFT) + volume, found.log_density(z), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(moved(3 * z @ TURN.T + SHIFT), found(z), rtol=0.02, atol=0)


def test_periodic_coordinates() -> None:
    angle = 0.6 * normal(300, 1)
    encodings = torch.cat([angle, 0.1 * normal(300, 1, seed=3)], 1)
    encodings[:, 0] += 3.0
    periods = (FULL, None)
    found = lg.KernelFactor.fit(encodings, 64, periods=periods, generator=seeded())
    z = torch.tensor([[0.1, 0.0], [3.0, 0.2], [6.2, -0.1]], dtype=F64)
    torch.testing.assert_close(found(z + torch.tensor([FULL, 0.0], dtype=F64)), found(z), rtol=1e-9, atol=0)
    images = encodings + torch.tensor([FULL, 0.0], dtype=F64) * torch.arange(300, dtype=F64)[:, None]
    again = lg.KernelFactor.fit(images, 64, periods=periods, generator=seeded())
    torch.testing.assert_close(again(z), found(z), rtol=1e-4, atol=0)
    around = lg.PullbackMetric(lambda z: torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1), periods=periods)
    assert lg.ScaledMetric(around, found)(z).shape == (3, 2, 2)
    with pytest.raises(ValueError, match="the factor must have the metric's periods"):
        lg.ScaledMetric(around, lg.KernelFactor.fit(encodings, 64, generator=seeded()))


def test_encodings_that_are_there_several_times() -> None:
    z = ring(100)
    once, thrice = (lg.KernelFactor.fit(some, 64, generator=seeded()) for some in (z, z.repeat(3, 1)))
    assert thrice.bandwidth == pytest.approx(once.bandwidth, rel=1e-6)
    torch.testing.assert_close(thrice.log_density(z), once.log_density(z))
    # where one is there more often than the others, there is more density
    more = lg.KernelFactor.fit(torch.cat([z, z[:50], z[:50]]), 100, generator=seeded())
    gain = (more.log_density(z) - once.log_density(z)).view(2, 50).mean(1)
    assert float(gain[0]) > float(gain[1])
    assert float(more.weights.sum()) == pytest.approx(1)


def test_the_generator_decides_and_the_record_is_saved(found: lg.KernelFactor, tmp_path: Path) -> None:
    again, other = (lg.KernelFactor.fit(ring(600), 256, generator=seeded(seed)) for seed in (1, 2))
    assert torch.equal(again.centres, found.centres)
    assert again.bandwidth == found.bandwidth
    assert not torch.equal(other.centres, found.centres)
    assert found.centres.shape == (256, 2)
    z = normal(20, seed=8)
    single = found(z.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), found(z.float().double()), rtol=1e-6, atol=0)
    metric = lg.PullbackMetric(torch.nn.Linear(2, 3, dtype=F64))
    lg.save(tmp_path / "scaled.npz", lg.ScaledMetric(metric, found))
    loaded = lg.load(tmp_path / "scaled.npz", metric)
    assert torch.equal(loaded(z), lg.ScaledMetric(metric, found)(z))
    assert repr(loaded.factor) == repr(found)


def test_many_points_at_once_are_the_same(found: lg.KernelFactor, monkeypatch: pytest.MonkeyPatch) -> None:
    z = normal(50, seed=2)
    whole = found(z)
    monkeypatch.setattr("latentgeo.geometry.metrics.kernel_factor._NUMBERS_AT_ONCE", 7 * 256)
    torch.testing.assert_close(found(z), whole, rtol=1e-12, atol=0)
    assert found(z[:0]).shape == (0,)


def test_what_cannot_be_fitted() -> None:
    z = ring(100)
    with pytest.raises(ValueError, match=r"at least 10 different points; got 9 among 18"):
        lg.KernelFactor.fit(z[:9].repeat(2, 1), generator=seeded())
    with pytest.raises(ValueError, match="encodings must differ by more than 1e-150"):
        lg.KernelFactor.fit(1e-200 * z, generator=seeded())
    with pytest.raises(ValueError, match="kappa must be finite and above 1"):
        lg.KernelFactor.fit(z, kappa=1.0, generator=seeded())
    with pytest.raises(ValueError, match="centres must be at least 1; got 0"):
        lg.KernelFactor.fit(z, 0, generator=seeded())
    with pytest.raises(ValueError, match="the bandwidth must be positive and finite; got -1"):
        lg.KernelFactor.fit(z, bandwidth=-1.0, generator=seeded())
    with pytest.raises(ValueError, match="encodings must be finite"):
        lg.KernelFactor.fit(z.index_fill(0, torch.tensor([3]), float("nan")), generator=seeded())
    with pytest.raises(ValueError, match=r"z must be \(batch, 2\); got \(4, 3\)"):
        lg.KernelFactor.fit(z, generator=seeded())(torch.zeros(4, 3, dtype=F64))
