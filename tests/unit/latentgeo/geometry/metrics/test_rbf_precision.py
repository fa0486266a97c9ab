"""The precision of a noisy ring's encodings, and geodesics that it keeps on the ring."""

import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import affine

T = torch.linspace(0, 1, 200, dtype=torch.float64)
QUICK = lg.SplineCurve(intervals=24, graph=lg.GraphPath(size=64, cache_size=64))
SHIFT = torch.tensor([40.0, -70.0], dtype=torch.float64)
TURN = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=torch.float64)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ring(points: int, noise: float = 0.05, seed: int = 0) -> Tensor:
    turns, offset = torch.rand(2, points, generator=seeded(seed), dtype=torch.float64)
    radius = 1 + noise * torch.erfinv(1.98 * offset - 0.99) * 2**0.5
    angle = 2 * math.pi * turns
    return torch.stack([radius * angle.cos(), radius * angle.sin()], 1)


def off_the_ring(found: lg.GeodesicSolution) -> Tensor:
    return (found.curve(T).norm(dim=2) - 1).abs().amax(1)


@pytest.fixture(scope="module")
def precision() -> lg.RBFPrecision:
    return lg.RBFPrecision.fit(ring(2000), generator=seeded(1))


@pytest.fixture(scope="module")
def ends() -> tuple[Tensor, Tensor]:
    # an angle of 2.2 apart, so that one way round is clearly the shorter
    z = ring(4, seed=2)
    cos, sin = math.cos(2.2), math.sin(2.2)
    return z, 1.03 * z @ z.new_tensor([[cos, sin], [-sin, cos]])


def test_the_encodings_are_certain(precision: lg.RBFPrecision) -> None:
    assert precision.held_out <= 1.1
    fresh = ring(4000, seed=3)
    # encodings that neither the fit nor the choice of the bandwidth saw
    assert float(precision.relative(fresh).rsqrt().quantile(0.95)) < 1.12
    assert float(precision.relative(fresh).mean()) == pytest.approx(1, abs=0.02)
    u = precision.uncertainty(fresh)
    assert float(u.median()) < 1e-3
    assert float(u.quantile(0.95)) < 0.02
    assert float(precision(fresh).quantile(0.95)) < 1.2


def test_the_middle_and_what_is_far_are_not(precision: lg.RBFPrecision) -> None:
    away = torch.tensor([[0.0, 0.0], [2.5, 0.0], [-300.0, 1e6]], dtype=torch.float64)
    torch.testing.assert_close(precision.uncertainty(away), torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-3)
    torch.testing.assert_close(precision(away), torch.full((3,), 30, dtype=torch.float64), rtol=0, atol=0.01)


def test_the_factor_stays_between_one_and_kappa(precision: lg.RBFPrecision) -> None:
    z = 6 * torch.rand(500, 2, generator=seeded(4), dtype=torch.float64) - 3
    factor = replace(precision, kappa=5.0)(z)
    assert float(factor.min()) >= 1
    assert float(factor.max()) <= 5


def test_geodesics_keep_to_the_ring(precision: lg.RBFPrecision, ends: tuple[Tensor, Tensor]) -> None:
    raw = affine(2).metric
    metric = lg.ScaledMetric(raw, precision)
    data = ring(200, seed=5)
    found = lg.geodesic(metric, *ends, QUICK, data=data)
    assert found.outcome == [lg.Outcome.CONVERGED] * 4
    assert float(off_the_ring(found).max()) < 0.35
    assert float(off_the_ring(lg.geodesic(raw, *ends, QUICK, data=data)).min()) > 0.5
    # the factor may as well be cached
    grid = lg.GridMetric(metric, ((-1.8, 1.8), (-1.8, 1.8)))
    torch.testing.assert_close(lg.geodesic(metric, *ends, QUICK, grid=grid).length, found.length, rtol=1e-5, atol=0)


def test_a_moved_latent_space_moves_the_answer(precision: lg.RBFPrecision, ends: tuple[Tensor, Tensor]) -> None:
    moved = lg.RBFPrecision.fit(ring(2000) @ TURN.T + SHIFT, generator=seeded(1))
    assert moved.bandwidth == pytest.approx(precision.bandwidth)
    z = 4 * torch.rand(300, 2, generator=seeded(6), dtype=torch.float64) - 2
    torch.testing.assert_close(moved(z @ TURN.T + SHIFT), precision(z), rtol=0, atol=1e-6)
    flat = lg.FunctionMetric(lambda points: torch.eye(2, dtype=points.dtype).expand(len(points), 2, 2))
    here = lg.geodesic(lg.ScaledMetric(flat, precision), *ends, QUICK, data=ring(200, seed=5))
    there = lg.geodesic(
        lg.ScaledMetric(flat, moved),
        *(z @ TURN.T + SHIFT for z in ends),
        QUICK,
        data=ring(200, seed=5) @ TURN.T + SHIFT,
    )
    torch.testing.assert_close(there.length, here.length, rtol=1e-5, atol=0)
    torch.testing.assert_close(there.curve(T), here.curve(T) @ TURN.T + SHIFT, rtol=0, atol=0.02)


def test_another_unit_of_the_latent_space(precision: lg.RBFPrecision) -> None:
    scaled = lg.RBFPrecision.fit(1e3 * ring(2000), generator=seeded(1))
    z = 4 * torch.rand(50, 2, generator=seeded(6), dtype=torch.float64) - 2
    torch.testing.assert_close(scaled(1e3 * z), precision(z), rtol=0, atol=1e-6)


def test_as_the_deviation_of_an_expected_metric(precision: lg.RBFPrecision) -> None:
    decoder = torch.nn.Linear(2, 6, dtype=torch.float64)
    metric = lg.ExpectedMetric(decoder, lambda z: 0.05 * precision.deviation(z))
    z = ring(20, seed=7).requires_grad_()
    sigma = 0.05 * precision.deviation(z)
    assert sigma.shape == (20, 1)
    (slope,) = torch.autograd.grad(sigma.sum(), z)
    flat = decoder.weight.T @ decoder.weight
    torch.testing.assert_close(metric(z), flat + 6 * slope.unsqueeze(2) * slope.unsqueeze(1))
    far = torch.tensor([[50.0, 0.0]], dtype=torch.float64)
    assert float(precision.deviation(far)) == pytest.approx(10)
    assert float(precision.deviation(far, floor=0.25)) == pytest.approx(2)


def test_second_derivatives_are_continuous(precision: lg.RBFPrecision) -> None:
    radius = torch.linspace(0.3, 1.7, 4001, dtype=torch.float64)
    z = torch.stack([radius, torch.zeros_like(radius)], 1)
    u = precision.uncertainty(z)
    step = 1.4 / 4000
    bend = u.diff().diff() / step**2
    assert bool((u == 0).any())
    assert float(bend.diff().abs().max()) < 0.05 * float(bend.abs().max())
    assert torch.autograd.gradcheck(precision, (z[::800].clone().requires_grad_(),))
    assert torch.autograd.gradgradcheck(precision, (z[::800].clone().requires_grad_(),))


def test_the_smallest_bandwidth_is_taken(precision: lg.RBFPrecision) -> None:
    noisier = lg.RBFPrecision.fit(ring(2000, noise=0.15), generator=seeded(1))
    assert noisier.bandwidth > precision.bandwidth
    assert noisier.held_out <= 1.1


def test_the_generator_decides_and_nothing_else() -> None:
    z = ring(300)
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002 - what must not matter
    first = lg.RBFPrecision.fit(z, 16, generator=seeded(1))
    torch.manual_seed(4)
    np.random.seed(4)  # noqa: NPY002
    again, other = (lg.RBFPrecision.fit(z, 16, generator=seeded(seed)) for seed in (1, 2))
    assert torch.equal(first.centres, again.centres)
    assert torch.equal(first.weights, again.weights)
    assert not torch.equal(first.centres, other.centres)
    assert torch.equal(z, ring(300))


def test_the_record() -> None:
    found = lg.RBFPrecision.fit(ring(300).float(), 16, 4.0, generator=seeded())
    assert found.centres.shape == (16, 2)
    assert found.weights.shape == (16,)
    assert found.centres.dtype == found.weights.dtype == torch.float64
    assert bool((found.weights >= 0).all())
    assert found.bandwidth > 0
    assert found.kappa == 4.0
    # made again from what a file holds
    copy = lg.RBFPrecision(found.centres.clone(), found.weights.clone(), found.bandwidth, 4.0, found.held_out)
    z = ring(10, seed=8).float()
    assert found(z).dtype == torch.float32
    assert torch.equal(copy(z), found(z))


@pytest.mark.parametrize("latent", [1, 5])
def test_other_dimensions(latent: int) -> None:
    z = torch.randn(1000, latent, generator=seeded(), dtype=torch.float64)
    found = lg.RBFPrecision.fit(z, generator=seeded())
    assert found.held_out <= 1.1
    assert float(found.uncertainty(z).quantile(0.9)) < 0.02
    assert float(found.uncertainty(torch.full((1, latent), 30.0, dtype=torch.float64))) == pytest.approx(1)


def test_many_equal_encodings() -> None:
    z = ring(80).repeat(5, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lg.RBFPrecision.fit(z, 30, generator=seeded()).held_out <= 1.1


@pytest.mark.parametrize("centres", [0, 64, 80])
def test_too_few_encodings(centres: int) -> None:
    with pytest.raises(ValueError, match=rf"different encodings that are fitted, 64 of 80; got {centres}"):
        lg.RBFPrecision.fit(ring(80), centres, generator=seeded())


def test_encodings_that_no_bandwidth_serves() -> None:
    # two of twenty are in another world, and with this seed both are held out
    z = torch.cat([ring(18), 1e6 + ring(2)])
    with pytest.raises(ValueError, match=r"no bandwidth .*; the best has inf; .* fewer centres than 4"):
        lg.RBFPrecision.fit(z, 4, generator=seeded(14))


def test_a_bandwidth_that_is_given_is_taken(precision: lg.RBFPrecision) -> None:
    same = lg.RBFPrecision.fit(ring(2000), bandwidth=precision.bandwidth, generator=seeded(1))
    torch.testing.assert_close(same.weights, precision.weights)
    assert same.held_out == pytest.approx(precision.held_out)
    narrow = lg.RBFPrecision.fit(ring(2000), bandwidth=precision.bandwidth / 4, generator=seeded(1))
    assert narrow.held_out > 1.1
    for bad in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="the bandwidth must be positive and finite; got"):
            lg.RBFPrecision.fit(ring(100), 8, bandwidth=bad, generator=seeded())


@pytest.mark.parametrize("kappa", [1.0, -2.0, float("nan"), float("inf")])
def test_bad_kappa(kappa: float) -> None:
    with pytest.raises(ValueError, match=r"kappa must be finite and above 1, and below 1e\+30; got"):
        lg.RBFPrecision.fit(ring(100), 8, kappa, generator=seeded())


def test_encodings_that_are_not_finite() -> None:
    z = ring(100)
    z[3, 1] = torch.nan
    with pytest.raises(ValueError, match="encodings must be finite"):
        lg.RBFPrecision.fit(z, 8, generator=seeded())


def test_its_own_derivatives_are_those_of_automatic_differentiation() -> None:
    generator = torch.Generator().manual_seed(3)
    encodings = 1e3 + torch.randn(300, 2, generator=generator, dtype=torch.float64)
    factor = lg.RBFPrecision.fit(encodings, 16, 30.0, generator=generator)
    far = torch.tensor([[1e3 + 50, 1e3], [0.0, -1e8]], dtype=torch.float64)
    z = torch.cat([1e3 + 2 * torch.randn(200, 2, generator=generator, dtype=torch.float64), far])
    assert bool((factor(z) > 1).any())
    assert bool((factor(z) == 1).any())
    raw = lg.FunctionMetric(lambda points: torch.eye(2, dtype=points.dtype).expand(len(points), 2, 2))
    found = lg.ScaledMetric(raw, factor).jet(z)
    true = lg.ScaledMetric(raw, lambda points: factor(points)).jet(z)
    torch.testing.assert_close(found.value, true.value)
    torch.testing.assert_close(found.first, true.first, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.second, true.second, rtol=1e-9, atol=1e-9)
    turning = lg.RBFPrecision.fit(encodings - 1e3, 16, 30.0, periods=(20.0, None), generator=generator)
    assert turning.jet(z) is None


def test_its_own_derivatives_near_centres_that_are_many_bandwidths_apart() -> None:
    generator = torch.Generator().manual_seed(3)
    encodings = 1e-3 * torch.randn(200, 2, generator=generator, dtype=torch.float64)
    encodings[100:] += 30
    factor = lg.RBFPrecision.fit(encodings, 16, 30.0, bandwidth=2e-3, generator=generator)
    raw = lg.FunctionMetric(lambda points: torch.eye(2, dtype=points.dtype).expand(len(points), 2, 2))
    z = encodings + 3e-3
    found, true = lg.ScaledMetric(raw, factor).jet(z), lg.ScaledMetric(raw, lambda points: factor(points)).jet(z)
    size = max(float(slope.abs().amax()) for slope in true.first)
    torch.testing.assert_close(found.first, true.first, rtol=1e-6, atol=1e-6 * size)


def test_a_subclass_is_differentiated() -> None:
    class Plain(lg.RBFPrecision):
        def uncertainty(self, z: torch.Tensor) -> torch.Tensor:
            return 1 - self.relative(z).clamp(max=1)

    generator = torch.Generator().manual_seed(3)
    encodings = torch.randn(100, 2, generator=generator, dtype=torch.float64)
    factor = Plain.fit(encodings, 16, 30.0, generator=generator)
    assert factor.jet(encodings) is None
