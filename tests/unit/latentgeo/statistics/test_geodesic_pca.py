"""Principal geodesics: what they accept, return and refuse."""

import pytest
import torch

import latentgeo as lg
from latentgeo.statistics import principal, projections
from periodic_surfaces import TAU, flat
from surfaces import Surface, affine, hyperbolic_ball, sphere

T = torch.arange(8, dtype=torch.float64) - 3.5
Z = torch.stack([0.1 * T, 0.02 * T**2 - 0.2], 1)


def test_a_record_is_of_the_points() -> None:
    metric = sphere().metric
    found = lg.geodesic_pca(metric, Z, 2)
    assert found.scores.shape == found.distances.shape == (8, 2)
    torch.testing.assert_close(found.variances, found.scores.square().mean(0))
    torch.testing.assert_close(found.residual_variances, found.distances.square().mean(0))
    G = metric(found.point[None])[0]
    torch.testing.assert_close(found.components @ G @ found.components.T, torch.eye(2).double(), rtol=0, atol=1e-3)
    assert "scores: 8 x 2" in repr(found)
    for k in (0, 1):
        start, along = found.point.expand(8, 2).contiguous(), found.components[k].expand(8, 2).contiguous()
        feet = lg.exponential(metric, start, along, found.scores[:, k].contiguous()).point
        torch.testing.assert_close(sphere().distance(feet, Z), found.distances[:, k], rtol=1e-3, atol=1e-5)


def test_one_component_is_at_the_mean_score() -> None:
    surface = hyperbolic_ball(3)
    z = surface.ends(7)[0]
    found = lg.geodesic_pca(surface.metric, z, weights=torch.arange(7) + 1)
    assert found.components.shape == (1, 3)
    assert found.outcome == [lg.Outcome.CONVERGED]
    assert float((torch.arange(7) + 1.0).double() @ found.scores[:, 0]) == pytest.approx(0, abs=1e-9)


def test_a_point_of_no_weight_counts_for_nothing() -> None:
    surface = sphere()
    z = Z
    found = lg.geodesic_pca(surface.metric, z, weights=[1, 1, 1, 1, 1, 1, 1, 0])
    without = lg.geodesic_pca(surface.metric, z[:7])
    torch.testing.assert_close(found.scores[:7], without.scores, rtol=0, atol=1e-3)
    torch.testing.assert_close(found.residual_variances, without.residual_variances, rtol=1e-4, atol=0)


@pytest.mark.parametrize(("surface", "far"), [(sphere(2), [0.1, 0.7]), (hyperbolic_ball(2), [0.2, 0.9])])
def test_every_point_has_its_nearest_one_whatever_its_weight(surface: Surface, far: list[float]) -> None:
    z = torch.cat([0.5 * Z, torch.tensor([far]).double()])
    weights = torch.ones(9).double().index_fill(0, torch.tensor([8]), 0.0)
    found = lg.geodesic_pca(surface.metric, z, weights=weights)
    score = found.scores[8, 0] + torch.linspace(-2, 2, 401, dtype=torch.float64)
    start, along = found.point.expand(401, 2).contiguous(), found.components.expand(401, 2).contiguous()
    led = lg.exponential(surface.metric, start, along, score).point
    nearest = surface.distance(led, z[8:].expand(401, 2)).amin()
    assert float(found.distances[8, 0]) == pytest.approx(float(nearest), rel=1e-3)
    assert found.outcome == [lg.Outcome.UNCERTIFIED]


@pytest.mark.slow
def test_a_nearest_point_beyond_the_cache_is_told_and_keeps_no_other_from_its_own() -> None:
    metric, z = sphere().metric, torch.cat([0.5 * Z, torch.tensor([[-0.6, 0.8]]).double()])
    found = lg.geodesic_pca(metric, z, weights=[1] * 8 + [0])
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS]
    assert float(found.residual[0]) > 0.1
    torch.testing.assert_close(found.scores[:8], lg.geodesic_pca(metric, z[:8]).scores, rtol=0, atol=1e-3)


def test_one_point_that_alone_has_weight() -> None:
    surface = affine(3)
    z = surface.ends(4)[0]
    found = lg.geodesic_pca(surface.metric, z, 3, weights=[0, 1, 0, 0])
    torch.testing.assert_close(found.point, z[1], rtol=0, atol=1e-6)
    whole = surface.distance(z[1].expand(4, 3), z).square()
    for k in range(3):
        torch.testing.assert_close(found.scores[:, k].square() + found.distances[:, k].square(), whole)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::latentgeo.UnusedAxesWarning")
def test_geodesics_that_leave_the_space_at_first_begin_nearer() -> None:
    # as wide as z0 is great: it ends where z0 falls to minus infinity, which is not far
    funnel = lg.FunctionMetric(
        lambda z: torch.diag_embed(torch.cat([(2 * z[:, :1]).exp(), torch.ones_like(z[:, 1:])], 1))
    )
    z = torch.tensor([[0.1, 0, 0], [0.1, 0.5, 0.02], [0.1, 1, -0.02], [2, 2, 0]]).double()
    found = lg.geodesic_pca(funnel, torch.cat([z[:, :1].log(), z[:, 1:]], 1), max_iterations=1)
    assert bool(torch.isfinite(found.scores).all())


def test_a_step_to_where_the_metric_is_singular_is_none() -> None:
    metric = lg.FunctionMetric(
        lambda z: torch.diag_embed(torch.cat([1 / (4 * z[:, :1]), torch.ones_like(z[:, 1:])], 1))
    )
    point, direction = torch.tensor([0.01, 0, 0]).double(), torch.tensor([0.0, 1, 0]).double()
    family = principal.Anywhere(metric, point, direction, 0.5)
    with pytest.raises(principal.SingularError, match="not singular near the points; it is at"):
        family.moved(torch.tensor([1.0, 0, 0, 0]).double() * (-1 if family.basis[0, 0] > 0 else 1))


def test_across_a_seam() -> None:
    z = torch.stack([(TAU - 0.15 + 0.1 * T) % TAU, 0.3 * T + 0.01 * T.sign()], 1)
    found = lg.geodesic_pca(flat((TAU, None)).metric, z, 2)
    torch.testing.assert_close(found.point, torch.tensor([TAU - 0.15, 0.0]).double(), rtol=0, atol=1e-3)
    assert abs(float(found.components[0, 1] / found.components[0, 0])) == pytest.approx(3.1, abs=0.1)


def test_arrays_and_float32() -> None:
    metric = lg.PullbackMetric(torch.nn.Linear(3, 12).requires_grad_(False))
    z = affine(3).ends(6)[0].float()
    found = lg.geodesic_pca(metric, z)
    assert found.point.dtype == found.components.dtype == found.scores.dtype == torch.float32
    listed = lg.geodesic_pca(metric, z.tolist())
    torch.testing.assert_close(listed.scores.float(), found.scores, rtol=0, atol=1e-4)


def test_points_that_are_all_the_same() -> None:
    found = lg.geodesic_pca(affine(3).metric, torch.ones(5, 3, dtype=torch.float64), 3)
    torch.testing.assert_close(found.point, torch.ones(3).double())
    torch.testing.assert_close(found.scores, torch.zeros(5, 3).double(), rtol=0, atol=1e-9)


def test_too_few_steps_are_told() -> None:
    found = lg.geodesic_pca(sphere().metric, Z, 2, max_iterations=1, tolerance=1e-9)
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS] * 2
    assert found.iterations.tolist() == [1, 1]
    with pytest.raises(lg.GeodesicError, match="component 1 did not converge: max_iterations, residual"):
        lg.geodesic_pca(sphere().metric, Z, 2, max_iterations=1, tolerance=1e-9, throw=True)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric = sphere().metric
    for number in (0, 3):
        with pytest.raises(ValueError, match=f"components must be from 1 to the 2 latent dimensions; got {number}"):
            lg.geodesic_pca(metric, Z, number)
    with pytest.raises(ValueError, match="z must be finite; point 2"):
        lg.geodesic_pca(metric, Z.index_fill(0, torch.tensor([2]), float("nan")))
    singular = lg.PullbackMetric(lambda z: z @ torch.tensor([[1.0, 0], [1, 0], [0, 0]]).double())
    with pytest.raises(ValueError, match="expected one that is not singular near the points"):
        lg.geodesic_pca(singular, torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).double())


def test_geodesics_beside_it_that_do_not_arrive_are_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections.Fit, "slopes", lambda self, now: None)
    found = lg.geodesic_pca(sphere().metric, Z)
    assert (found.outcome, found.residual.tolist()) == ([lg.Outcome.MAX_ITERATIONS], [float("inf")])
    assert bool(torch.isfinite(found.scores).all())
