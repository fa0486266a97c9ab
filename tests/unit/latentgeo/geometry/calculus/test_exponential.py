"""What `exponential` accepts, returns and refuses."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.calculus.integration import Arrival
from surfaces import affine, draw, hyperbolic, random_mlp

METRIC = hyperbolic().metric
# the unit disc of a sphere's chart: NaN beyond
DISC = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype) * torch.sqrt(1 - z.square().sum(1))[:, None, None])
FLAT = affine(2).metric
# stereographic: the geodesics through the origin reach infinity after a length of pi
CHART = lg.FunctionMetric(lambda z: 4 / (1 + z.square().sum(1))[:, None, None] ** 2 * torch.eye(2, dtype=z.dtype))


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def test_the_record() -> None:
    z, v = draw(3, 2, 1, 2)
    found = lg.exponential(METRIC, z, v)
    assert found.point.shape == found.velocity.shape == (3, 2)
    for value in (found.time, found.speed_drift, found.steps):
        assert value.shape == (3,)
    assert found.outcome == [Arrival.REACHED] * 3
    assert found.time.tolist() == [1, 1, 1]
    assert int(found.steps.min()) > 0
    torch.testing.assert_close(
        METRIC.squared_speed(found.point, found.velocity), METRIC.squared_speed(z, v), rtol=1e-7, atol=0
    )


def test_pairs_do_not_know_each_other() -> None:
    z, v = draw(3, 2, 1, 2)
    v = v * torch.tensor([[0.01], [1.0], [5.0]], dtype=v.dtype)
    together = lg.exponential(METRIC, z, v)
    for pair in range(3):
        alone = lg.exponential(METRIC, z[pair : pair + 1], v[pair : pair + 1])
        torch.testing.assert_close(together.point[pair], alone.point[0], rtol=1e-12, atol=1e-12)
        assert int(together.steps[pair]) == int(alone.steps)


def test_time_scales_the_velocity() -> None:
    z, v = draw(3, 2, 1, 2)
    once = lg.exponential(METRIC, z, v)
    half = lg.exponential(METRIC, z, 2 * v, 0.5)
    torch.testing.assert_close(once.point, half.point)
    torch.testing.assert_close(2 * once.velocity, half.velocity)
    assert half.time.tolist() == [0.5] * 3
    each = lg.exponential(METRIC, z, v, torch.tensor([0.0, 1.0, -1.0], dtype=z.dtype))
    assert torch.equal(each.point[0], z[0])
    assert torch.equal(each.velocity[0], v[0])
    torch.testing.assert_close(each.point[1], once.point[1])
    torch.testing.assert_close(each.point[2], lg.exponential(METRIC, z, -v).point[2])


def test_a_smaller_tolerance_is_more_exact() -> None:
    z, v = draw(3, 2, 1, 2)
    loose, tight = (lg.exponential(METRIC, z, v, 1.0, tolerance) for tolerance in (1e-4, 1e-11))
    assert float(loose.speed_drift.max()) > 10 * float(tight.speed_drift.max())
    assert float(tight.speed_drift.max()) < 1e-9
    assert int(loose.steps.max()) < int(tight.steps.min())


def test_no_velocity_and_no_pairs() -> None:
    z, v = draw(2, 2, 1, 2)
    v[0] = 0
    found = lg.exponential(METRIC, z, v)
    assert torch.equal(found.point[0], z[0])
    assert not bool(found.velocity[0].any())
    assert float(found.speed_drift[0]) == 0
    assert found.outcome == [Arrival.REACHED] * 2
    empty = lg.exponential(METRIC, z[:0], v[:0])
    assert empty.point.shape == (0, 2)
    assert empty.outcome == []


def test_a_flat_space_is_left_straight() -> None:
    z, v = draw(3, 2, -1, 1)
    found = lg.exponential(FLAT, z, v, 4.0)
    torch.testing.assert_close(found.point, z + 4 * v)


def test_leaving_the_domain_is_an_outcome() -> None:
    z, v = row(0, 0).repeat(2, 1), torch.cat([row(0.1, 0), row(2, 0)])
    found = lg.exponential(DISC, z, v)
    assert found.outcome == [Arrival.REACHED, Arrival.LEFT_DOMAIN]
    assert 0 < float(found.time[1]) < 1
    assert bool(torch.isfinite(found.point).all())
    assert float(found.point[1].norm()) < 1
    with pytest.raises(lg.GeodesicError, match=r"1 of 2 pairs did not reach the end \(pair 1: left_domain\)"):
        lg.exponential(DISC, z, v, throw=True)


@pytest.mark.slow
def test_running_off_to_infinity_is_leaving_the_chart() -> None:
    # the speed at the origin is 2 |v|
    found = lg.exponential(CHART, row(0, 0).repeat(2, 1), torch.cat([row(1.5, 0), row(1.6, 0)]))
    assert found.outcome == [Arrival.REACHED, Arrival.LEFT_DOMAIN]
    assert float(found.time[1]) == pytest.approx(torch.pi / 3.2, abs=1e-6)


def test_a_start_outside() -> None:
    found = lg.exponential(DISC, row(2, 0), row(0.1, 0))
    assert found.outcome == [Arrival.LEFT_DOMAIN]
    assert float(found.time) == 0


def test_too_few_steps() -> None:
    found = lg.exponential(METRIC, row(0, 1), row(3, 0), max_steps=3)
    assert found.outcome == [Arrival.STEP_LIMIT]
    assert 0 < float(found.time) < 1


def test_float32() -> None:
    z, v = (part.float() for part in draw(2, 2, 1, 2))
    found = lg.exponential(METRIC, z, v)
    assert found.point.dtype == torch.float32
    torch.testing.assert_close(
        found.point.double(), lg.exponential(METRIC, z.double(), v.double()).point, rtol=1e-4, atol=1e-4
    )


def test_no_gradient_is_kept_and_inputs_are_not_changed() -> None:
    z, v = draw(2, 2, -1, 1)
    before = z.clone(), v.clone()
    metric = lg.PullbackMetric(random_mlp(hidden=8).requires_grad_())
    found = lg.exponential(metric, z.requires_grad_(), v, 0.1)
    assert not found.point.requires_grad
    assert torch.equal(z, before[0])
    assert torch.equal(v, before[1])


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    z, v = draw(3, 2, 1, 2)
    bad = v.clone()
    bad[1, 0] = float("nan")
    for given, message in (
        ((z, v[:2]), r"z and v must have the same shape \(pairs, latent\); got \(3, 2\) and \(2, 2\)"),
        ((z[0], v[0]), r"got \(2,\) and \(2,\)"),
        ((z, v.float()), r"must share a floating dtype; got torch.float64 and torch.float32"),
        ((z, bad), r"v must be finite; pair 1 is \[nan, "),
        ((bad, v), r"z must be finite; pair 1"),
        ((z, v, torch.ones(2)), r"t must be a finite number, or one for each of 3 pairs"),
        ((z, v, float("inf")), r"t must be a finite number"),
    ):
        with pytest.raises(ValueError, match=message):
            lg.exponential(METRIC, *given)
