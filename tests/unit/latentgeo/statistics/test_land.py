"""The locally adaptive normal: what it accepts, returns and refuses, and its parts."""

import math

import pytest
import torch

import latentgeo as lg
from latentgeo.statistics.fields import Fields, frames, newton_step, ring, slope_and_bend
from latentgeo.statistics.moments import fitted
from latentgeo.statistics.polar import disc
from periodic_surfaces import flat
from surfaces import affine, sphere

Z = 0.2 * torch.randn(8, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_arrays_and_float32_and_a_start() -> None:
    metric = lg.PullbackMetric(torch.nn.Linear(2, 12).requires_grad_(False))
    found = lg.locally_adaptive_normal(metric, Z.float().tolist(), start=[0.0, 0.1])
    assert found.mean.dtype == torch.float64
    single = lg.locally_adaptive_normal(metric, Z.float())
    assert single.mean.dtype == single.covariance.dtype == torch.float32
    assert single.log_density(Z.float()).dtype == torch.float32
    torch.testing.assert_close(single.mean, found.mean.float(), rtol=0, atol=5e-3)
    assert "covariance: 2 x 2" in repr(single)
    assert "LogDensity(PullbackMetric" in repr(single)


def test_too_few_steps_are_told() -> None:
    begin = [0.2, 0.2]
    found = lg.locally_adaptive_normal(sphere().metric, Z, start=begin, max_iterations=0, size=65)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS
    assert found.mean.tolist() == begin
    with pytest.raises(lg.GeodesicError, match="the normal did not converge: max_iterations"):
        lg.locally_adaptive_normal(sphere().metric, Z, start=begin, max_iterations=0, size=65, throw=True)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric = affine(2).metric
    with pytest.raises(ValueError, match="z must have 3 points of positive weight that are not in one hyperplane"):
        lg.locally_adaptive_normal(metric, torch.stack([Z[0], 2 * Z[0], 3 * Z[0]]))
    with pytest.raises(ValueError, match="start must be one point"):
        lg.locally_adaptive_normal(metric, Z, start=[90.0, 0.0])
    with pytest.raises(ValueError, match="method must be 'field' or 'geodesic'; got 'fields'"):
        lg.locally_adaptive_normal(metric, Z, method="fields")
    with pytest.raises(ValueError, match="weights must be one for each of the 8 points"):
        lg.locally_adaptive_normal(metric, Z, [1.0, 2.0])


def test_a_disc_has_the_area_of_the_closed_form() -> None:
    grid = lg.GridMetric(sphere().metric, ((-3.0, 3.0), (-3.0, 3.0)), 129)
    fields = Fields(grid, Z, None, 65)
    centres = torch.tensor([[0.0, 0.0], [0.3, -0.2]], dtype=torch.float64)
    found = disc(fields, centres, frames(fields.metric(centres)), 1.2, 32, 24)
    whole = 2 * math.pi * (1 - math.cos(1.2))
    torch.testing.assert_close(found.volume.sum(1), torch.full((2,), whole).double(), rtol=1e-3, atol=0)
    # radii are lengths, as the frames are orthonormal
    assert float(found.vectors.norm(dim=1).amax()) == pytest.approx(1.2)


def test_a_disc_ends_where_geodesics_cease_to_be_the_shortest() -> None:
    # a cylinder of girth 1: beyond half of that the other way round is shorter
    grid = lg.GridMetric(flat((1.0, None)).metric, ((0.0, 1.0), (-2.0, 2.0)), 17)
    fields = Fields(grid, Z, None, 129)
    centre = torch.tensor([[0.3, 0.1]], dtype=torch.float64)
    found = disc(fields, centre, torch.eye(2).double()[None], 1.2, 256, 96)
    # of a disc of radius 1.2 the strip |x| < 1/2
    whole = 2 * (0.5 * math.sqrt(1.44 - 0.25) + 1.44 * math.asin(0.5 / 1.2))
    assert float(found.volume.sum()) == pytest.approx(whole, rel=0.05)


def test_rings_know_quadratic_functions_exactly() -> None:
    generator = torch.Generator().manual_seed(2)
    centres, g = torch.randn(2, 3, 2, generator=generator, dtype=torch.float64)
    H = torch.randn(3, 2, 2, generator=generator, dtype=torch.float64)
    H = H @ H.mT + torch.eye(2)
    eye = torch.eye(2, dtype=torch.float64).expand(3, -1, -1)
    endless = torch.tensor([[-math.inf, math.inf]] * 2, dtype=torch.float64)
    around, radius = ring(centres, eye, torch.tensor([0.1, 1.0, 2.0]).double(), endless)
    away = around - centres[:, None]
    values = (away @ g[:, :, None]).squeeze(2) + torch.einsum("ksi,kij,ksj->ks", away, H, away) / 2
    slope, bend = slope_and_bend(values, radius)
    torch.testing.assert_close(slope, g)
    torch.testing.assert_close(bend, H)
    expected = -torch.linalg.solve(H, g)
    torch.testing.assert_close(newton_step(slope, bend, torch.full((3,), 1e9).double()), expected)
    short = newton_step(slope, bend, torch.full((3,), 1e-3).double())
    torch.testing.assert_close(short.norm(dim=1), torch.full((3,), 1e-3).double())


def test_a_ring_stays_in_its_box() -> None:
    box = torch.tensor([[0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    around, radius = ring(torch.tensor([[0.9, 0.5]]).double(), torch.eye(2).double()[None], torch.ones(1).double(), box)
    assert float(radius) == pytest.approx(0.1)
    assert float(around.amax()) <= 1


def test_the_precision_of_given_moments() -> None:
    # a normal law on a line's three points, written out: p = exp(-P v^2 / 2) w / C
    v = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
    w = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)
    P = 0.7
    p = w * torch.exp(-P * v[:, 0] ** 2 / 2)
    found = fitted(v, w, ((p / p.sum()) @ v[:, 0].square()).view(1, 1))
    assert found.settled
    assert float(found.precision) == pytest.approx(P)
    assert found.log_normaliser == pytest.approx(float(p.sum().log()))


def test_moments_that_no_precision_has_are_told() -> None:
    v = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    # more than the mean square of points that are as likely: only a negative precision has it
    assert not fitted(v, torch.ones(2).double(), torch.tensor([[0.8]]).double()).settled


def test_a_law_is_across_a_seam_what_it_is_elsewhere() -> None:
    metric = flat((2.0, None)).metric
    grid = lg.GridMetric(metric, ((0.0, 2.0), (-1.0, 1.0)), 9)
    z = 0.5 * Z
    here, there = (
        lg.locally_adaptive_normal(metric, z + shift, grid=grid, size=65)
        for shift in (torch.tensor([1.0, 0.0]), torch.zeros(2))
    )
    torch.testing.assert_close(there.covariance, here.covariance, rtol=0.02, atol=2e-4)
    torch.testing.assert_close(there.mean, (here.mean - torch.tensor([1.0, 0.0])) % 2.0, rtol=0, atol=5e-3)
    torch.testing.assert_close(there.log_normaliser, here.log_normaliser, rtol=0, atol=0.02)
