"""Curves that wander along latent axes which the decoder hardly uses: given up soon, and told what to leave out."""

import warnings

import pytest
import torch

import latentgeo as lg

SCALE = 1e-3


def wide_decoder(unused: int) -> torch.nn.Module:
    """Six latent axes, of which the last `unused` are scaled by a thousandth before they bend anything."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        layers = [torch.nn.Linear(6, 32), torch.nn.Tanh(), torch.nn.Linear(32, 20), torch.nn.Tanh()]
    layers[0].weight.data *= 4
    layers[0].weight.data[:, 6 - unused :] *= SCALE
    return torch.nn.Sequential(*layers).double()


def ends() -> tuple[torch.Tensor, torch.Tensor]:
    z = 2 * torch.randn(4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return z[:2], z[2:]


def test_axes_that_are_hardly_used_are_named_where_curves_do_not_come_to_rest() -> None:
    z0, z1 = ends()
    hasty = lg.SplineCurve(max_iterations=2, doublings=0)
    with pytest.warns(lg.UnusedAxesWarning, match=r"2 of 2 curves .* 2 of 6 latent axes \(4, 5\)"):
        lg.geodesic(lg.PullbackMetric(wide_decoder(2)), z0, z1, hasty)


@pytest.mark.parametrize("unused", [0, 2])
def test_nothing_is_said_where_all_axes_are_used_or_all_curves_rest(unused: int) -> None:
    z0, z1 = ends()
    solver = lg.SplineCurve() if unused else lg.SplineCurve(max_iterations=2, doublings=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solution = lg.geodesic(lg.PullbackMetric(wide_decoder(unused)), z0, z1, solver)
    assert (lg.Outcome.MAX_ITERATIONS in solution.outcome) == (unused == 0)


def test_what_the_warning_advises_is_the_same_geometry_without_these_axes() -> None:
    z0, z1 = ends()
    z0[:, 4:] = z1[:, 4:] = 0
    decoder, used = wide_decoder(2), torch.arange(6) < 4
    E = torch.eye(6, dtype=torch.float64)[used]
    fewer = lg.PullbackMetric(lambda z: decoder(z @ E))
    G = lg.PullbackMetric(decoder)(z0)[:, used][:, :, used]
    torch.testing.assert_close(fewer(z0[:, used]), G)
    assert lg.geodesic(fewer, z0[:, used], z1[:, used]).outcome == [lg.Outcome.CONVERGED] * 2


def test_a_curve_that_wanders_is_not_given_ever_more_knots() -> None:
    """Knots are doubled until a curve has rested, but of one that has not done so twice they are not."""
    z0, z1 = ends()
    steps: list[int] = []
    solver = lg.SplineCurve(max_iterations=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lg.UnusedAxesWarning)
        lg.geodesic(lg.PullbackMetric(wide_decoder(2)), z0, z1, solver, on_step=lambda step, length: steps.append(step))
    assert steps.count(0) == 2


def test_of_a_metric_that_is_no_decoders_the_advice_is_for_a_metric() -> None:
    z0, z1 = ends()
    pulled = lg.PullbackMetric(wide_decoder(2))
    metric = lg.FunctionMetric(lambda z: pulled(z))
    hasty = lg.SplineCurve(max_iterations=2, doublings=0)
    with pytest.warns(
        lg.UnusedAxesWarning, match=r"the metric hardly sees 2 of 6 latent axes \(4, 5\).*FunctionMetric"
    ):
        lg.geodesic(metric, z0, z1, hasty)
    used = torch.arange(6) < 4
    E = torch.eye(6, dtype=z0.dtype)[used]
    fewer = lg.FunctionMetric(lambda z: E @ metric(z @ E) @ E.mT)
    z0[:, 4:] = 0
    torch.testing.assert_close(fewer(z0[:, used]), metric(z0)[:, used][:, :, used])
