"""Metrics that are singular, or cannot be told from such, are named; those that are cut on purpose are not."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.geodesics.singular import is_singular
from latentgeo.geometry.solution import Solver
from surfaces import across_the_axes, along_an_axis, draw, random_mlp, sphere, stretched

SINGULAR, CONVERGED = lg.Outcome.SINGULAR_METRIC, lg.Outcome.CONVERGED


def of(decoder, latent: int = 2) -> lg.PullbackMetric:
    return lg.PullbackMetric(decoder, probe=draw(4, latent, -1, 1)[0])


def bent(x: Tensor) -> Tensor:
    return torch.cat([x, x.sin(), x.square()], 1)


FLAT = {
    "an axis": (of(lambda z: bent(z[:, :1]), 2), 2),
    "another axis": (of(lambda z: bent(z[:, 1:]), 3), 3),
    "across the axes": (of(lambda z: bent(z.sum(1, keepdim=True)), 2), 2),
    "fewer outputs": (lg.PullbackMetric(random_mlp(3, 16, 2)), 3),
    "a constant": (of(lambda z: 0 * bent(z)), 2),
}


@pytest.mark.parametrize("case", FLAT)
@pytest.mark.parametrize(
    "solver", [lg.SplineCurve(), lg.GaussNewton(), lg.Georce()], ids=["spline", "gauss-newton", "georce"]
)
@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
def test_what_is_flat_in_a_direction_is_named(case: str, solver: Solver) -> None:
    metric, latent = FLAT[case]
    z0, z1 = draw(3, latent, -1, 1)
    z1[1] = z0[1]
    found = lg.geodesic(metric, z0, z1, solver)
    assert found.outcome == [SINGULAR, CONVERGED, SINGULAR]
    assert bool((found.length <= lg.euclidean(metric, z0, z1).length * (1 + 1e-6)).all())
    with pytest.raises(lg.GeodesicError, match=r"2 of 3 pairs did not converge \(pair 0: singular_metric"):
        lg.geodesic(metric, z0, z1, solver, throw=True)


def test_so_is_its_cache_and_what_is_built_on_it() -> None:
    raw, _ = FLAT["across the axes"]
    z0, z1 = draw(2, 2, -1, 1)
    grid = lg.GridMetric(raw, ((-2.0, 2.0), (-2.0, 2.0)), 33)
    for metric in (grid, lg.SmoothedMetric(grid, 0.1), lg.ScaledMetric(raw, lambda z: 1 + z.square().sum(1))):
        assert is_singular(metric, Line(z0, z1)).tolist() == [True, True]


def test_the_metric_is_asked_where_its_cache_leaves_doubt() -> None:
    asked: list[int] = []

    def counted(z: Tensor) -> Tensor:
        asked.append(len(z))
        one = torch.ones_like(z[:, 0])
        # singular on the line x = 0
        return torch.stack([torch.stack([one, 0 * one], 1), torch.stack([0 * one, z[:, 0].square()], 1)], 1)

    metric = lg.FunctionMetric(counted)
    grid = lg.GridMetric(metric, ((-2.0, 2.0), (-2.0, 2.0)), 33)
    z0 = torch.tensor([[0.5, -1.0], [0.0, -1.0]], dtype=torch.float64)
    z1 = torch.tensor([[1.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    asked.clear()
    assert is_singular(metric, Line(z0, z1), grid).tolist() == is_singular(grid, Line(z0, z1)).tolist() == [False, True]
    assert sum(asked) == 18
    assert is_singular(metric, Line(z0, z1)).tolist() == [False, True]
    assert sum(asked) == 34


def test_beyond_its_box_a_cache_clears_nothing() -> None:
    def G(z: Tensor) -> Tensor:
        thin = torch.where(z[:, 0] > 0.7, 0.0, torch.ones_like(z[:, 0]))
        return torch.diag_embed(torch.stack([torch.ones_like(thin), thin], 1))

    metric = lg.FunctionMetric(G)
    grid = lg.GridMetric(metric, ((-0.5, 0.5), (-1.0, 1.0)), 33).without_wall()
    across = Line(torch.tensor([[0.9, -0.8]]).double(), torch.tensor([[0.9, 0.8]]).double())
    assert is_singular(metric, across, grid).tolist() == [True]


def test_a_region_where_no_unit_is_alive() -> None:
    layers = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).double().requires_grad_(False)
    layers[0].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    layers[0].bias.zero_()
    with pytest.warns(lg.PiecewiseLinearWarning):
        metric = lg.PullbackMetric(layers)
    z0 = torch.tensor([[1.0, 1.0], [-1.0, -2.0]], dtype=torch.float64)
    assert lg.geodesic(metric, z0, 2 * z0, lg.GaussNewton()).outcome == [lg.Outcome.UNCERTIFIED, SINGULAR]
    assert lg.geodesic(metric, z0, 2 * z0).outcome[1] is SINGULAR


@pytest.mark.parametrize(
    ("metric", "latent"),
    [
        pytest.param(lg.PullbackMetric(random_mlp()), 2, id="decoder"),
        pytest.param(lg.PullbackMetric(random_mlp(20, 64, 200)), 20, id="twenty dimensions"),
        pytest.param(lg.SmoothedMetric(lg.PullbackMetric(random_mlp()), 1e6), 2, id="smoothed"),
        pytest.param(lg.SmoothedMetric(lg.PullbackMetric(random_mlp()), 10.0, rank=1), 2, id="rank 1"),
        pytest.param(stretched(sphere(), along_an_axis(2, 1e9)).metric, 2, id="long axis"),
        pytest.param(stretched(sphere(), across_the_axes(2, 1e6)).metric, 2, id="thin direction"),
    ],
)
def test_what_is_far_from_singular_or_so_on_purpose_is_not_named(metric: lg.Metric, latent: int) -> None:
    z0, z1 = draw(3, latent, -1, 1)
    assert not bool(is_singular(metric, Line(z0, z1)).any())


def test_the_decoders_dtype_counts() -> None:
    thin = across_the_axes(2, 3e4)
    double = random_mlp(hidden=16, obs=8, scale=1.0)
    with torch.no_grad():
        double[0].weight.copy_(double[0].weight @ torch.linalg.inv(thin))
    z0, z1 = (z @ thin.T for z in draw(3, 2, -1, 1))
    assert not bool(is_singular(lg.PullbackMetric(double), Line(z0, z1)).any())
    single = random_mlp(hidden=16, obs=8, scale=1.0).float()
    with torch.no_grad():
        single[0].weight.copy_(double[0].weight)
    rough = lg.PullbackMetric(single, dtype=torch.float32)
    assert bool(is_singular(rough, Line(z0, z1)).all())
    assert bool(is_singular(lg.EnsembleMetric([single]), Line(z0, z1)).all())
    # by what it is evaluated in, not by the dtype of its weights
    assert bool(is_singular(lg.PullbackMetric(double, dtype=torch.float32), Line(z0, z1)).all())
    ordinary = lg.PullbackMetric(random_mlp().float(), dtype=torch.float32)
    assert not bool(is_singular(ordinary, Line(*draw(3, 2, -1, 1))).any())


def test_baselines_have_no_other_outcome() -> None:
    metric, _ = FLAT["an axis"]
    z0, z1 = draw(2, 2, -1, 1)
    assert lg.euclidean(metric, z0, z1).outcome == [lg.Outcome.BASELINE] * 2


def test_a_logarithm_says_so_too() -> None:
    metric, _ = FLAT["across the axes"]
    z0, z1 = draw(2, 2, -1, 1)
    assert lg.logarithm(metric, z0, z1).outcome == [SINGULAR] * 2
