"""Periodic coordinates: what is claimed and checked, the images of a point, and who carries the periods on."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.wall import Walled
from latentgeo.geometry.periods import images, nearest_image, unrolled
from periodic_surfaces import TAU, flat, pendulum, uneven
from surfaces import random_mlp, sphere

PERIODS = (TAU, None)
CYLINDER = pendulum().metric


def draw(count: int, latent: int = 2, scale: float = 10.0) -> Tensor:
    return scale * torch.randn(count, latent, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def angle_decoder(z: Tensor) -> Tensor:
    return torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1)


def test_no_period_is_none() -> None:
    assert sphere().metric.periods is None
    assert lg.FunctionMetric(sphere().metric, periods=(None, None)).periods is None
    assert lg.PullbackMetric(random_mlp()).periods is None


@pytest.mark.parametrize("periods", [(0.0, None), (-1.0, 2.0), (math.inf, None), (math.nan,), ("x",), 6.28])
@pytest.mark.usefixtures("unchecked")
def test_what_is_no_period_is_refused(periods) -> None:
    with pytest.raises(ValueError, match="periods must be one positive number or None for each latent coordinate"):
        lg.FunctionMetric(sphere().metric, periods=periods)


def test_a_decoder_that_is_not_periodic_is_refused() -> None:
    with pytest.raises(lg.DecoderError, match=r"the decoder is not periodic: it changes by .* latent coordinate 0"):
        lg.PullbackMetric(random_mlp(), periods=PERIODS)
    # known only when it is used, as its latent size is not known before
    with pytest.raises(lg.DecoderError, match="one period, 3, further along latent coordinate 0"):
        lg.PullbackMetric(angle_decoder, periods=(3.0, None))(draw(3))
    with pytest.raises(lg.DecoderError, match="latent coordinate 1"):
        lg.PullbackMetric(angle_decoder, periods=(TAU, 1.0))(draw(3))


def test_a_spiral_is_no_circle_though_its_metric_repeats_itself() -> None:
    def spiral(z: Tensor) -> Tensor:
        return torch.cat([angle_decoder(z), z[:, :1]], 1)

    with pytest.raises(lg.DecoderError, match=r"FunctionMetric\(PullbackMetric\(decoder\), periods=\.\.\.\)"):
        lg.PullbackMetric(spiral, periods=PERIODS)(draw(3))
    assert lg.FunctionMetric(lg.PullbackMetric(spiral), periods=PERIODS)(draw(3)).shape == (3, 2, 2)


def test_a_function_that_is_not_periodic_is_refused() -> None:
    metric = lg.FunctionMetric(sphere().metric, periods=PERIODS)
    with pytest.raises(ValueError, match="the metric function is not periodic"):
        metric(draw(3, scale=1.0))
    with pytest.raises(ValueError, match=r"periods must be one for each of 3 latent coordinates; got \(6\.28.*None\)"):
        lg.FunctionMetric(flat((None,) * 3).metric, periods=PERIODS)(draw(3, 3))


def test_a_float32_decoder_may_be_periodic() -> None:
    metric = lg.PullbackMetric(angle_decoder, dtype=torch.float32, periods=PERIODS)
    assert metric(draw(4)).dtype == torch.float64


def test_wrappers_carry_the_periods_on() -> None:
    grid = lg.GridMetric(CYLINDER, ((0.0, TAU), (-1.0, 1.0)), 17)
    built = [
        lg.SmoothedMetric(CYLINDER, 1.0),
        lg.ScaledMetric(CYLINDER, lambda z: 2 + z[:, 0].cos()),
        grid,
        lg.SmoothedMetric(grid, 1.0),
        Walled(CYLINDER, ((0.0, TAU), (-1.0, 1.0))),
        lg.EnsembleMetric([angle_decoder, lambda z: 2 * angle_decoder(z)], periods=PERIODS),
        lg.ExpectedMetric(angle_decoder, lambda z: 1 + z[:, :1].cos() ** 2, periods=PERIODS),
    ]
    z, turn = draw(5, scale=0.5), torch.tensor([TAU, 0.0], dtype=torch.float64)
    for metric in built:
        assert metric.periods == PERIODS
        torch.testing.assert_close(metric(z + 3 * turn), metric(z), rtol=1e-9, atol=1e-9)


def test_a_member_that_is_not_periodic_is_refused() -> None:
    with pytest.raises(lg.DecoderError, match="is not periodic"):
        lg.EnsembleMetric([angle_decoder, random_mlp()], periods=PERIODS)
    with pytest.raises(lg.DecoderError, match="is not periodic"):
        lg.ExpectedMetric(angle_decoder, lambda z: z[:, :1], periods=PERIODS)(draw(3))


def test_a_factor_that_is_not_periodic_is_refused() -> None:
    with pytest.raises(ValueError, match="the factor is not periodic: it changes by"):
        lg.ScaledMetric(CYLINDER, lambda z: 1 + z[:, 0] ** 2)(draw(3))


def test_a_precision_is_periodic_or_refused() -> None:
    generator = torch.Generator().manual_seed(0)
    angle, height = torch.randn(2, 400, generator=generator, dtype=torch.float64)
    encodings = torch.stack([(angle * 0.6) % TAU, 0.1 * height], 1)
    open_chart = lg.RBFPrecision.fit(encodings, centres=12, generator=generator)
    with pytest.raises(ValueError, match=r"factor must have the metric's periods.*RBFPrecision has None"):
        lg.ScaledMetric(CYLINDER, open_chart)
    precision = lg.RBFPrecision.fit(encodings, centres=12, periods=PERIODS, generator=generator)
    z = torch.tensor([[-0.01, 0.0], [TAU - 0.01, 0.0], [0.01, 0.0]], dtype=torch.float64)
    factor = precision(z)
    # in the middle of the data, which the seam cuts in two
    torch.testing.assert_close(factor[0], factor[1])
    assert float((factor - 1).max()) < 0.1
    assert float(precision(z + torch.tensor([math.pi, 0.0], dtype=torch.float64)).min()) > 9
    metric = lg.ScaledMetric(CYLINDER, precision)
    found = lg.geodesic(metric, encodings[:4], encodings[4:8])
    assert float(found.length.max()) < 4
    # nothing changes far from the seam, where the bumps do not reach round
    inner = encodings / 4 + 2
    plain, turned = (
        lg.RBFPrecision.fit(inner, 6, bandwidth=0.1, periods=p, generator=torch.Generator().manual_seed(1))
        for p in (None, PERIODS)
    )
    assert plain.periods is None
    assert turned.periods == PERIODS


def test_wrapping() -> None:
    z = draw(50)
    there = lg.wrap(z, PERIODS)
    torch.testing.assert_close(there[:, 0].cos(), z[:, 0].cos())
    assert torch.equal(there[:, 1], z[:, 1])
    assert bool(((there[:, 0] >= 0) & (there[:, 0] < TAU)).all())
    centred = lg.wrap(z.view(5, 10, 2), PERIODS, (-math.pi, 0.0))
    assert bool(((centred[..., 0] >= -math.pi) & (centred[..., 0] < math.pi)).all())
    assert lg.wrap(z, None) is z
    edge = torch.tensor([[-1e-20, 0.0], [TAU, 0.0], [-TAU, 0.0]], dtype=torch.float64)
    assert lg.wrap(edge, PERIODS)[:, 0].tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="low must be one number for each of 2 latent coordinates"):
        lg.wrap(z, PERIODS, (0.0,))
    with pytest.raises(ValueError, match="periods must be one for each of 2 latent coordinates"):
        lg.wrap(z, (TAU,))


def test_the_nearest_image() -> None:
    z0, z1 = draw(100, 3).split(50)
    near = nearest_image(z0, z1, (1.0, None, 4.0))
    turns = (near - z1) / torch.tensor([1.0, 1.0, 4.0], dtype=torch.float64)
    torch.testing.assert_close(turns, turns.round(), rtol=0, atol=1e-12)
    assert torch.equal(near[:, 1], z1[:, 1])
    assert float((near - z0).abs()[:, 0].max()) <= 0.5
    # an image of the point itself is the point itself, to the bit
    shift = torch.tensor([7.0, 0.0, -400.0], dtype=torch.float64)
    assert torch.equal(nearest_image(z0, z0 + shift, (1.0, None, 4.0)), z0)


def test_images_go_either_way_round() -> None:
    z0 = torch.zeros(1, 2, dtype=torch.float64)
    z1 = torch.tensor([[0.9, 0.3]], dtype=torch.float64)
    assert images(z0, z1, (1.0, None))[:, 0].tolist() == [pytest.approx([-0.1, 0.3]), pytest.approx([0.9, 0.3])]
    assert len(images(z0, z1, (1.0, 1.0))) == 4
    many = images(torch.zeros(3, 9, dtype=torch.float64), draw(3, 9), (1.0,) * 9)
    assert len(many) == 8
    distance = many.norm(dim=2)
    assert bool((distance >= distance[:1]).all())


def test_unrolling_runs_on() -> None:
    t = torch.linspace(0, 1, 30, dtype=torch.float64)
    winding = torch.stack([20 * t, (3 * t).sin()], 1)
    torch.testing.assert_close(unrolled(lg.wrap(winding, PERIODS), PERIODS), winding)
    assert unrolled(winding, None) is winding


def test_bounds_of_a_periodic_coordinate_are_one_period_apart() -> None:
    z0, z1 = pendulum().ends(2)
    for use in (
        lambda bounds: lg.GridMetric(CYLINDER, bounds, 9),
        lambda bounds: lg.geodesic(CYLINDER, z0, z1, bounds=bounds),
        lambda bounds: lg.distance_field(CYLINDER, z0[0], bounds),
    ):
        with pytest.raises(ValueError, match=r"must be one period apart.*period 6\.28319, bounds 0 to 4; give e\.g\."):
            use(((0.0, 4.0), (-1.0, 1.0)))
    with pytest.raises(ValueError, match="bounds are for two latent dimensions"):
        lg.GridMetric(flat((1.0, None, None)).metric, ((0.0, 1.0), (0.0, 1.0)))


def test_a_start_says_which_image_is_meant() -> None:
    surface = uneven()
    z0, z1 = surface.ends(3)
    solver = lg.SplineCurve(tolerance=1e-6)
    free = lg.geodesic(surface.metric, z0, z1, solver)
    straight = torch.stack([z0, z1], 1)
    there = lg.geodesic(surface.metric, z0, z1, start=straight)
    torch.testing.assert_close(there.curve(torch.ones(1, dtype=z0.dtype))[:, 0], z1, rtol=0, atol=1e-12)
    assert bool((there.length > 1.2 * free.length).all())
    again = lg.geodesic(surface.metric, z0, z1, solver, start=free.curve)
    # either is within the tolerance
    torch.testing.assert_close(again.length, free.length, rtol=2e-6, atol=0)
    with pytest.raises(ValueError, match="start must be curves from z0 to z1"):
        lg.geodesic(surface.metric, z0, z1, start=straight + 0.1)


def test_a_point_and_its_image_are_equal_ends() -> None:
    z0, _ = pendulum().ends(3)
    found = lg.geodesic(CYLINDER, z0, z0 + torch.tensor([3 * TAU, 0.0], dtype=torch.float64))
    assert found.length.tolist() == [0.0] * 3
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
