"""Caches, graphs and lattices of periodic coordinates: nothing happens at a seam."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.distances.eikonal import mesh, spread
from latentgeo.geometry.graph import adjacency, attach, grid_graph, knn_graph, points_along
from latentgeo.geometry.metrics.bounds import bounding_box
from periodic_surfaces import TAU, flat, geographic, pendulum, ring_torus, uneven

BOX = ((-1.0, TAU - 1.0), (-0.5, 0.7))


def around(z: Tensor, turns: float = 1.0) -> Tensor:
    return z + torch.tensor([turns * TAU, 0.0], dtype=torch.float64)


def points(count: int = 200) -> Tensor:
    low, high = torch.tensor(BOX, dtype=torch.float64).T
    return low + (high - low) * torch.rand(count, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(scope="module")
def grid() -> lg.GridMetric:
    return lg.GridMetric(uneven().metric, BOX, 97)


def test_a_cache_covers_every_period(grid: lg.GridMetric) -> None:
    z, metric = points(), uneven().metric
    assert bool(grid.inside(around(z, 5)).all())
    torch.testing.assert_close(grid(around(z, -3)), grid(z))
    torch.testing.assert_close(grid(around(z)), metric(z), rtol=2e-3, atol=2e-3)
    # the other coordinate has its wall
    up = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert not bool(grid.inside(z + 2 * up).any())
    assert bool((grid(z + 2 * up)[:, 0, 0] > 100 * grid(z)[:, 0, 0]).all())


def test_a_periodic_cache_has_no_margin() -> None:
    asked = []

    def G(z: Tensor) -> Tensor:
        asked.append(z)
        return uneven().metric(z)

    def probed(periods: tuple[float | None, ...] | None) -> lg.Metric:
        metric = lg.FunctionMetric(G, periods=periods)
        # its first points are probed, around them too
        metric(torch.zeros(1, 2, dtype=torch.float64))
        asked.clear()
        return metric

    lg.GridMetric(probed(None), BOX, 17)
    outside = torch.cat(asked)
    assert float(outside[:, 0].max()) > BOX[0][1] + 0.5
    cache = lg.GridMetric(probed((TAU, None)), BOX, 17)
    inside = torch.cat(asked)
    assert float(inside[:, 0].max()) <= BOX[0][1] + 1e-9
    assert float(inside[:, 1].max()) > BOX[1][1] + 0.1
    assert cache.size == (17, 17)


@pytest.mark.parametrize("place", [0.0, 1e-9, -1e-9])
def test_splines_are_smooth_across_the_seam(grid: lg.GridMetric, place: float) -> None:
    # the seam, as seen from below, and a period on
    z = torch.tensor([[BOX[0][0] + place, 0.1], [BOX[0][1] + place, 0.1]], dtype=torch.float64)
    here, there = (grid.jet(point) for point in z.split(1))
    both = ((jet.value, *jet.first, *jet.second) for jet in (here, there))
    for first, second in zip(*both, strict=True):
        torch.testing.assert_close(first, second, rtol=1e-6, atol=1e-6)
    step = 1e-4
    left, right = (grid.jet(z + torch.tensor([side * step, 0.0], dtype=z.dtype)) for side in (-1, 1))
    torch.testing.assert_close((right.value - left.value) / (2 * step), grid.jet(z).first[0], rtol=1e-3, atol=1e-3)


def test_gradients_of_a_periodic_cache(grid: lg.GridMetric) -> None:
    z = torch.tensor([[-1.0001, 0.2], [40.0, 0.8], [TAU - 1.0002, 0.1]], dtype=torch.float64)
    assert torch.autograd.gradcheck(grid, (z.requires_grad_(),))


def test_the_error_of_a_periodic_cache_falls_with_the_fourth_power() -> None:
    z, metric = points(), ring_torus().metric
    box = ((0.0, TAU), (1.0, 1.0 + TAU))
    coarse, fine = ((lg.GridMetric(metric, box, n)(z) - metric(z)).abs().max() for n in (17, 33))
    assert float(fine / coarse) < 1 / 10


def test_a_cache_finds_what_the_first_points_did_not_show() -> None:
    # one bump that is not periodic, far from the points that are looked at first
    def G(z: Tensor) -> Tensor:
        bump = torch.exp(-20 * ((z[:, 0] - TAU + 1) ** 2 + (z[:, 1] - 0.3) ** 2))
        return (1 + bump)[:, None, None] * torch.eye(2, dtype=z.dtype)

    metric = lg.FunctionMetric(G, periods=(TAU, None))
    metric(torch.tensor([[0.0, -3.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match=r"it differs by .* between the ends .* of latent coordinate 0's period"):
        lg.GridMetric(metric, BOX, 33)


def test_the_box_of_periodic_points_is_one_period() -> None:
    z = torch.tensor([[0.0, 1.0], [40.0, 1.5]], dtype=torch.float64)
    (x_low, x_high), y = bounding_box(z, 0.25, (2.0, None))
    assert (x_low, x_high) == (19.0, 21.0)
    assert y == (0.5, 2.0)


def test_a_grid_graph_joins_across_the_seam() -> None:
    graph = grid_graph(pendulum().metric, ((0.0, TAU), (0.0, 1.0)), (33, 9))
    # the last node would be the first
    assert graph.nodes.shape == (32 * 9, 2)
    assert len(graph.edges.sort(1).values.unique(dim=0)) == len(graph.edges)
    # next to each other on both sides of the seam
    step = adjacency(graph)[[0], [31 * 9]]
    assert float(step.sum()) == pytest.approx(TAU / 32)
    z0 = torch.tensor([[0.3, 0.5], [TAU - 0.3, 0.5]], dtype=torch.float64)
    full = attach(graph, pendulum().metric, z0)
    count = len(graph.nodes)
    found = lg.shortest_paths(full, torch.tensor([[count, count + 1], [count + 1, count]]))
    assert found.length.tolist() == pytest.approx([0.6, 0.6], rel=0.02)
    for nodes, (start, end) in zip(found.nodes, ((0.3, -0.3), (TAU - 0.3, TAU + 0.3)), strict=True):
        along = points_along(full, nodes)
        assert float(along[0, 0]) == pytest.approx(start)
        assert float(along[-1, 0]) == pytest.approx(end)
        assert float(along.diff(dim=0).abs().max()) < 1


@pytest.mark.parametrize("size", [2, 5, 8])
def test_a_coarse_grid_graph_joins_no_two_nodes_twice(size: int) -> None:
    graph = grid_graph(ring_torus().metric, ((0.0, TAU), (0.0, TAU)), size)
    ends = graph.edges.sort(1).values
    assert len(ends.unique(dim=0)) == len(ends)
    assert bool((ends[:, 0] != ends[:, 1]).all())


@pytest.mark.parametrize("periods", [(1.0,), (1.0, None), (2.0, 1.0, None), (1.0,) * 5])
def test_a_neighbour_graph_joins_across_seams(periods: tuple[float | None, ...]) -> None:
    surface = flat(periods)
    generator = torch.Generator().manual_seed(0)
    z = 1.9 * torch.rand(300, len(periods), generator=generator, dtype=torch.float64)
    graph = lg.knn_graph(surface.metric, z, 8)
    torch.testing.assert_close(graph.lengths, surface.distance(z[graph.edges[:, 0]], z[graph.edges[:, 1]]))
    pairs = torch.arange(40).view(20, 2)
    ratio = lg.shortest_paths(graph, pairs).length / surface.distance(z[pairs[:, 0]], z[pairs[:, 1]])
    assert float(ratio.min()) > 1 - 1e-9
    # few points fill five dimensions badly
    assert float(ratio.median()) < (1.3 if len(periods) < 5 else 1.6)


@pytest.mark.parametrize("rounding", [0.0, 1e-12])
@pytest.mark.parametrize("axes", [1, 2])
def test_copies_either_side_of_a_seam_count_once(axes: int, rounding: float) -> None:
    metric = lg.FunctionMetric(
        lambda z: torch.eye(2).to(z).expand(len(z), -1, -1), periods=(TAU, TAU)[:axes] + (None,) * (2 - axes)
    )
    generator = torch.Generator().manual_seed(0)
    others = TAU * torch.rand(40, 2, generator=generator, dtype=torch.float64)
    seam = torch.tensor([[0.0, 0.0 if axes == 2 else 1.0]], dtype=torch.float64)
    turns = torch.cartesian_prod(torch.tensor([0, 1, -1, 3]), torch.arange(4 if axes == 2 else 1)).to(seam)
    # just behind the seam and just before it
    copies = torch.cat([seam + TAU * turns + rounding * sign for sign in (1, -1)])
    once, often = (knn_graph(metric, torch.cat([points, others]), 4) for points in (seam, copies))
    shift = len(copies) - 1
    expected = torch.where(once.edges > 0, once.edges + shift, 0)
    assert sorted(often.edges[often.edges[:, 1] > shift].tolist()) == sorted(expected.tolist())
    assert often.distinct is not None
    assert len(often.distinct) == 41


def test_waves_cross_the_seams_of_a_lattice() -> None:
    surface = ring_torus()
    box = ((0.0, TAU), (0.0, TAU))
    nodes = mesh(surface.metric, box, (96, 80))
    assert nodes.nodes.shape == (96, 80, 2)
    z0, z1 = torch.tensor([[0.1, 0.2], [TAU - 0.1, TAU - 0.2]], dtype=torch.float64)
    reached = spread(nodes, surface.metric, torch.stack([z0, z1]), tolerance=1e-6)
    number = ((z1 / nodes.step).round().long(), (z0 / nodes.step).round().long())
    for source, (x, y), target in zip(range(2), number, (z1, z0), strict=True):
        node = nodes.nodes[x, y].unsqueeze(0)
        true = surface.distance(torch.stack([z0, z1])[source : source + 1], node)
        assert float(reached[source, x, y]) == pytest.approx(float(true), rel=0.02)
        assert float((node - target).abs().max()) < 0.1
    # the same everywhere if everything is moved on by a few nodes along the angle that nothing depends on
    moved = spread(nodes, surface.metric, (z0 + 7 * nodes.step * nodes.step.new_tensor([1.0, 0.0]))[None], 1e-6)
    torch.testing.assert_close(moved[0], reached[0].roll(7, 0), rtol=1e-3, atol=1e-3)


def test_a_neighbouring_pole_is_no_seam() -> None:
    metric = geographic().metric
    cache = lg.GridMetric(metric, ((-math.pi, math.pi), (-1.2, 1.2)), 65)
    z = torch.tensor([[4.0, 1.1], [4.0 - TAU, 1.1]], dtype=torch.float64)
    torch.testing.assert_close(cache(z), metric(z), rtol=1e-4, atol=1e-4)
