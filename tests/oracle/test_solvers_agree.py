"""Solvers from several starts, and against each other."""

import pytest
import torch

import latentgeo as lg
import surfaces


def test_knn_graph_start_in_three_dimensions() -> None:
    surface = surfaces.sphere(3, reach=2.0)
    z0, z1 = surface.ends(4)
    data = torch.cat(surface.ends(150))
    found = lg.geodesic(surface.metric, z0, z1, data=data)
    assert "neighbours" in found.solver
    assert float((found.length / surface.distance(z0, z1) - 1).abs().max()) < 1e-5


@pytest.mark.parametrize("boundary", ["safe", "paper"])
def test_the_papers_solver_agrees(boundary: str) -> None:
    surface = surfaces.sphere()
    z0, z1 = surface.ends(3)
    solver = lg.NeuralCurve(
        units=40, points=80, steps=250, boundary=boundary, generator=torch.Generator().manual_seed(1)
    )
    found = lg.geodesic(surface.metric, z0, z1, solver)
    assert float((found.length / surface.distance(z0, z1) - 1).abs().max()) < 5e-3


@pytest.mark.slow
def test_default_is_not_longer_than_the_papers_solver_on_a_decoder() -> None:
    metric = lg.PullbackMetric(surfaces.random_mlp(hidden=32, obs=20, scale=2.5))
    z0, z1 = surfaces.draw(4, 2, -2, 2, seed=7)
    default = lg.geodesic(metric, z0, z1)
    network = lg.geodesic(metric, z0, z1, lg.NeuralCurve(units=60, points=200, steps=400))
    assert bool((default.length <= 1.005 * network.length).all())


def test_every_start_finds_the_same_curve_on_a_smooth_surface() -> None:
    surface = surfaces.cylinder()
    z0, z1 = surface.ends(5)
    straight = lg.geodesic(surface.metric, z0, z1, lg.SplineCurve(start="line"))
    graph = lg.geodesic(surface.metric, z0, z1, lg.SplineCurve(start="graph"))
    torch.testing.assert_close(straight.length, graph.length, rtol=1e-6, atol=0)


@pytest.mark.slow
def test_smoothed_through_a_cache_of_the_raw_metric() -> None:
    raw = lg.PullbackMetric(surfaces.random_mlp(hidden=16, obs=8, scale=1.0))
    z0, z1 = surfaces.draw(3, 2, -1.5, 1.5, seed=8)
    grid = lg.GridMetric(raw, ((-3.0, 3.0), (-3.0, 3.0)), 96)
    strength = float(raw(z0).diagonal(dim1=1, dim2=2).sum(1).median()) ** 2
    smoothed = lg.SmoothedMetric(raw, strength)
    through = lg.geodesic(smoothed, z0, z1, grid=grid)
    alone = lg.geodesic(smoothed, z0, z1, bounds=grid.bounds)
    cached = lg.geodesic(lg.SmoothedMetric(grid, strength), z0, z1)
    free = torch.tensor([outcome is lg.Outcome.CONVERGED for outcome in through.outcome])
    assert bool(free.any())
    torch.testing.assert_close(through.length[free], alone.length[free], rtol=1e-5, atol=0)
    # one that leans on the wall slides along it nearly for free
    torch.testing.assert_close(through.length, alone.length, rtol=5e-3, atol=0)
    again = lg.measure(smoothed, cached.curve).length
    torch.testing.assert_close(again[free], through.length[free], rtol=1e-4, atol=0)
    torch.testing.assert_close(again, through.length, rtol=5e-3, atol=0)
