"""Jacobi fields: what they do not depend on, where they end early, and what is refused."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from surfaces import affine, draw, random_mlp

METRIC = lg.PullbackMetric(random_mlp(3, hidden=8, obs=9))
Z0, Z1 = draw(2, 3, -0.5, 0.5)
J, P = draw(2, 3, -1, 1, seed=1)


def ends_at_one(z: Tensor) -> Tensor:
    return torch.where(z[:, 0, None, None] < 1, torch.eye(3, dtype=z.dtype), float("nan"))


def test_shapes_and_the_start() -> None:
    found = lg.jacobi_field(METRIC, Line(Z0, Z1), J, P, 3)
    assert found.field.shape == found.rate.shape == (2, 3, 3)
    assert found.drift.shape == (2,)
    torch.testing.assert_close(found.field[:, 0], J)
    torch.testing.assert_close(found.rate[:, 0], P)
    assert not found.field.requires_grad
    assert "2 reached" in repr(found)


def test_no_pairs_and_curves_that_stay() -> None:
    none = lg.jacobi_field(METRIC, Line(Z0[:0], Z0[:0]), J[:0], P[:0], 5)
    assert none.field.shape == (0, 5, 3)
    assert none.outcome == []
    there = lg.jacobi_field(METRIC, Line(Z0, Z0), J, P)
    torch.testing.assert_close(there.field[:, 1], J + P)


def test_the_field_is_linear_in_its_start() -> None:
    curve = Line(Z0, Z1)
    one, other, both = (
        lg.jacobi_field(METRIC, curve, *start).field for start in ((J, 0 * P), (0 * J, P), (2 * J, -3 * P))
    )
    torch.testing.assert_close(both, 2 * one - 3 * other, rtol=0, atol=1e-6)


def test_a_curve_that_is_no_geodesic_shows_in_the_drift() -> None:
    assert float(lg.jacobi_field(METRIC, Line(Z0, Z1), J, P).drift.min()) > 1e-3
    assert float(lg.jacobi_field(affine(3).metric, Line(Z0, Z1), J, P).drift.max()) < 1e-12


def test_where_the_metric_ends_the_field_does() -> None:
    z = torch.zeros(2, 3, dtype=torch.float64)
    z1 = torch.tensor([[0.5, 0, 0], [2.0, 0, 0]], dtype=torch.float64)
    found = lg.jacobi_field(lg.FunctionMetric(ends_at_one), Line(z, z1), J, P, [0.0, 0.25, 1.0])
    assert [outcome.value for outcome in found.outcome] == ["reached", "left_domain"]
    assert bool(torch.isfinite(found.field[0]).all())
    assert bool(found.field[1, 2].isnan().all())
    with pytest.raises(lg.GeodesicError, match="pair 1: left_domain"):
        lg.jacobi_field(lg.FunctionMetric(ends_at_one), Line(z, z1), J, P, throw=True)


def test_few_steps_do_not_reach_the_end() -> None:
    found = lg.jacobi_field(METRIC, Line(Z0, Z1), J, P, max_steps=1)
    assert [outcome.value for outcome in found.outcome] == ["step_limit"] * 2
    assert bool(found.field[:, 1].isnan().all())


@pytest.mark.usefixtures("unchecked")
@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
def test_what_is_refused() -> None:
    curve = Line(Z0, Z1)
    with pytest.raises(ValueError, match="the curve's start and field must have the same shape"):
        lg.jacobi_field(METRIC, curve, J[:, :2], P)
    with pytest.raises(ValueError, match="rate must be finite; pair 0"):
        lg.jacobi_field(METRIC, curve, J, P / 0)
    for t in ([0.5, 0.2], [0.0, 1.5], [[0.0, 1.0]]):
        with pytest.raises(ValueError, match="t must be increasing times from 0 to 1"):
            lg.jacobi_field(METRIC, curve, J, P, t)
    torch.manual_seed(0)
    relu = lg.PullbackMetric(nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 9)).double())
    with pytest.raises(lg.DecoderError, match="piecewise linear"):
        lg.jacobi_field(relu, curve, J, P)
    with pytest.raises(lg.DecoderError, match="piecewise linear"):
        lg.conjugate_points(relu, curve)
