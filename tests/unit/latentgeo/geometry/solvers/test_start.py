"""Warm starts, several starts, and what is taken where no solver is named."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.curves.curve import Polyline
from latentgeo.geometry.solution import Solver
from surfaces import random_mlp, sphere, torus


def relu_mlp() -> nn.Sequential:
    generator = torch.Generator().manual_seed(0)
    layers = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 20)).double().requires_grad_(False)
    for parameter in layers.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) / 2)
    return layers


@pytest.mark.parametrize("solver", [lg.SplineCurve(), lg.GaussNewton(), lg.Georce(), lg.BVP()])
def test_a_solution_is_a_start(solver: Solver) -> None:
    surface = sphere()
    z0, z1 = surface.ends(3)
    first = lg.geodesic(surface.metric, z0, z1)
    again = lg.geodesic(surface.metric, z0, z1, solver, start=first.curve)
    torch.testing.assert_close(again.length, surface.distance(z0, z1), rtol=1e-5, atol=0)
    assert "given start" in again.solver


def test_a_start_decides_which_way_round() -> None:
    surface = torus()
    z0, z1 = surface.ends(1)
    there = torch.linspace(0, 1, 33, dtype=torch.float64)[:, None]
    # the second coordinate once round in the other direction
    turn = torch.tensor([0.0, 2 * torch.pi], dtype=torch.float64)
    direct = lg.geodesic(surface.metric, z0, z1)
    detour = lg.geodesic(surface.metric, z0, z1 + turn, start=(z0 + there * (z1 + turn - z0)).unsqueeze(0))
    assert float(detour.length) > float(direct.length)
    assert detour.outcome == [lg.Outcome.CONVERGED]


def test_equal_ends_among_pairs_with_a_start() -> None:
    surface = sphere()
    z0, z1 = surface.ends(3)
    z1[1] = z0[1]
    first = lg.geodesic(surface.metric, z0, z1)
    again = lg.geodesic(surface.metric, z0, z1, start=first.curve)
    torch.testing.assert_close(again.length, first.length, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(lambda z0, z1: torch.stack([z1, z0], 1), id="backwards"),
        pytest.param(lambda z0, z1: Polyline(torch.stack([z0, z1], 1)[:1]), id="one pair of two"),
    ],
)
def test_a_start_must_go_from_end_to_end(start) -> None:
    z0, z1 = sphere().ends(2)
    with pytest.raises(ValueError, match="start must be curves from z0 to z1"):
        lg.geodesic(sphere().metric, z0, z1, start=start(z0, z1))


@pytest.mark.parametrize("solver", [lg.NeuralCurve(steps=1), lg.GraphPath()])
def test_a_solver_that_cannot_use_a_start_says_so(solver: lg.NeuralCurve | lg.GraphPath) -> None:
    z0, z1 = sphere().ends(2)
    with pytest.raises(ValueError, match="has no use for start="):
        lg.geodesic(sphere().metric, z0, z1, solver, start=torch.stack([z0, z1], 1))


@pytest.mark.slow
def test_more_starts_are_never_longer() -> None:
    metric = lg.GridMetric(lg.PullbackMetric(random_mlp(scale=6.0)), ((-2.0, 2.0), (-2.0, 2.0)), 96)
    generator = torch.Generator().manual_seed(2)
    z0, z1 = (torch.rand(2, 12, 2, generator=generator, dtype=torch.float64) - 0.5) * 3
    one, four = (lg.geodesic(metric, z0, z1, lg.SplineCurve(starts=starts)).length for starts in (1, 4))
    assert bool((four <= one * (1 + 1e-3)).all())
    assert float(four.sum()) <= float(one.sum())


def test_no_starts() -> None:
    with pytest.raises(ValueError, match="starts must be 1 or more; got 0"):
        lg.SplineCurve(starts=0)


def test_a_piecewise_linear_decoder_is_solved_without_a_derivative() -> None:
    with pytest.warns(lg.PiecewiseLinearWarning, match="GaussNewton, GraphPath, or the default, on a cache"):
        metric = lg.PullbackMetric(relu_mlp())
    z0, z1 = torch.tensor([[-1.0, 0.3]], dtype=torch.float64), torch.tensor([[1.0, -0.5]], dtype=torch.float64)
    found = lg.geodesic(metric, z0, z1)
    assert found.solver == "SplineCurve(graph start, cached Newton)"
    assert found.outcome == [lg.Outcome.UNCERTIFIED]
    assert bool(found.residual.isnan())
    assert float(found.length) < float(lg.euclidean(metric, z0, z1).length)
    other = lg.geodesic(metric, z0, z1, lg.GaussNewton(nodes=129))
    assert 0.98 < float(found.length / other.length) < 1.002
    with pytest.warns(lg.PiecewiseLinearWarning):
        many = lg.PullbackMetric(torch.nn.Sequential(torch.nn.Linear(3, 9), torch.nn.ReLU()).double())
    z = torch.zeros(1, 3, dtype=torch.float64)
    assert lg.geodesic(many, z, z + 1).solver.startswith("GaussNewton")
    assert lg.SmoothedMetric(metric, 1.0).piecewise_linear
    assert lg.geodesic(sphere().metric, *sphere().ends(1)).solver.startswith("SplineCurve")


def test_constant_velocity_on_request() -> None:
    surface = sphere()
    z0, z1 = surface.ends(2)
    path = lg.geodesic(surface.metric, z0, z1, lg.GraphPath(size=40))
    even = lg.at_constant_velocity(surface.metric, path.curve)
    t = torch.linspace(0.02, 0.98, 30, dtype=torch.float64)

    def spread(curve: object) -> Tensor:
        phi = lg.velocity(surface.metric, curve, t)
        return (phi.amax(1) - phi.amin(1)) / phi.mean(1)

    assert float(spread(even).max()) < 0.1
    torch.testing.assert_close(lg.measure(surface.metric, even).length, path.length, rtol=1e-4, atol=0)
