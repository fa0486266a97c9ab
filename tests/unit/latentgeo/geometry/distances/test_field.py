"""Distance fields and matrices: their layout, their symmetry and what they refuse."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.distances import field as fields
from latentgeo.geometry.distances import pairwise
from latentgeo.geometry.graph import (
    Graph,
    adjacency,
    attach,
    edge_lengths,
    grid_graph,
    knn_graph,
    shortest_paths,
)
from surfaces import affine, draw, sphere

FLAT = lg.FunctionMetric(lambda z: torch.eye(z.shape[1], dtype=z.dtype).expand(len(z), -1, -1))
BOX = ((-1.0, 1.0), (-0.5, 0.5))


def test_the_size_of_a_field_may_be_numpys() -> None:
    with pytest.raises(ValueError, match="size must be at least 2 along each axis; got 1"):
        lg.distance_field(FLAT, np.array([0.25, -0.125]), BOX, np.int64(1))


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields solved on few nodes, for tests of all but their accuracy."""
    monkeypatch.setattr(fields, "_FINE", 60)


@pytest.mark.usefixtures("coarse")
def test_layout_of_a_field() -> None:
    source = torch.tensor([0.2, -0.1], dtype=torch.float64)
    field = lg.distance_field(FLAT, source, BOX, (9, 5), checks=4)
    x, y = torch.linspace(-1, 1, 9, dtype=torch.float64), torch.linspace(-0.5, 0.5, 5, dtype=torch.float64)
    assert field.z.shape == (5, 9, 2)
    torch.testing.assert_close(field.z[..., 0], x.expand(5, 9))
    torch.testing.assert_close(field.z[..., 1], y[:, None].expand(5, 9))
    torch.testing.assert_close(field.distance, (field.z - source).norm(dim=2), rtol=0.02, atol=1e-9)
    assert field.error < 0.02


@pytest.mark.usefixtures("coarse")
def test_the_source_may_be_a_node() -> None:
    field = lg.distance_field(FLAT, torch.zeros(2, dtype=torch.float64), BOX, (5, 5), checks=0)
    assert float(field.distance[2, 2]) == pytest.approx(0, abs=1e-12)
    assert math.isnan(field.error)


@pytest.mark.usefixtures("coarse")
def test_a_field_on_a_cache_needs_no_bounds() -> None:
    grid = lg.GridMetric(sphere().metric, BOX, 32)
    field = lg.distance_field(grid, torch.zeros(2, dtype=torch.float64), size=4, checks=0)
    assert field.z[0, 0].tolist() == [-1, -0.5]
    assert field.z[-1, -1].tolist() == [1, 0.5]


def test_bad_sources() -> None:
    with pytest.raises(ValueError, match=r"outside the bounds"):
        lg.distance_field(FLAT, torch.tensor([2.0, 0.0], dtype=torch.float64), BOX)
    grid = lg.GridMetric(sphere().metric, BOX, 9)
    with pytest.raises(ValueError, match="grid caches another metric"):
        lg.distance_field(FLAT, torch.zeros(2, dtype=torch.float64), BOX, grid=grid)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(3,), (1, 2)])
def test_a_source_of_the_wrong_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"one 2-D point, shape \(2,\); got"):
        lg.distance_field(FLAT, torch.zeros(shape), BOX)


@pytest.mark.parametrize("latent", [2, 3])
def test_a_matrix_is_a_metric(latent: int) -> None:
    z = torch.cat(draw(12, latent, -0.5, 0.5))
    found = lg.distance_matrix(sphere(latent).metric, z, size=32)
    assert torch.equal(found, found.T)
    assert not bool(found.diagonal().any())
    through = (found[:, :, None] + found[None]).amin(1)
    assert bool((found <= through * (1 + 0.02)).all())


def test_flat_distances_in_three_dimensions() -> None:
    z = torch.cat(draw(6, 3, -1, 1))
    found = lg.distance_matrix(affine(3).metric, z, neighbours=11)
    first, second = torch.triu_indices(12, 12, offset=1)
    torch.testing.assert_close(found[first, second], affine(3).distance(z[first], z[second]), rtol=1e-9, atol=0)


def test_unconnected_points_are_infinitely_far_if_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = torch.cat(draw(3, 3, -0.1, 0.1))
    few = lg.distance_matrix(FLAT, torch.cat([cloud, cloud + 5]), neighbours=2)
    torch.testing.assert_close(few[0, 6:], (cloud + 5 - cloud[0]).norm(dim=1))
    monkeypatch.setattr(pairwise, "_FEW", 11)
    found = lg.distance_matrix(FLAT, torch.cat([cloud, cloud + 5]), neighbours=2)
    assert bool(found[:6, 6:].isinf().all())
    joined = lg.distance_matrix(FLAT, torch.cat([cloud, cloud + 5]), neighbours=6)
    assert bool(joined.isfinite().all())


@pytest.mark.parametrize("count", [0, 1])
def test_matrices_of_hardly_any_points(count: int) -> None:
    assert torch.equal(lg.distance_matrix(FLAT, torch.ones(count, 2).double()), torch.zeros(count, count).double())


def test_further_data_are_passed_through() -> None:
    # a dear middle, which only the data lead round
    def G(z: Tensor) -> Tensor:
        dear = 1 + 400 * torch.exp(-20 * z.square().sum(1))
        return dear[:, None, None] * torch.eye(3, dtype=z.dtype)

    angle = torch.linspace(0, math.pi, 15, dtype=torch.float64)
    arc = torch.stack([angle.cos(), angle.sin(), 0 * angle], 1)
    z = arc[[0, -1]]
    direct = lg.distance_matrix(lg.FunctionMetric(G), z)
    round_about = lg.distance_matrix(lg.FunctionMetric(G), z, data=arc[1:-1], neighbours=2)
    assert float(round_about[0, 1]) == pytest.approx(math.pi, rel=0.02)
    assert float(direct[0, 1]) > 1.5 * math.pi


def distances_from(graph: Graph, node: int) -> np.ndarray:
    return dijkstra(adjacency(graph), indices=node)


def test_paths_on_a_small_graph() -> None:
    nodes = torch.tensor([[0.0, 0], [1, 0], [2, 0], [0, 5]], dtype=torch.float64)
    graph = Graph(nodes, torch.tensor([[0, 1], [1, 2], [0, 2]]), torch.tensor([1.0, 1.0, 3.0]).double())
    found = shortest_paths(graph, torch.tensor([[0, 2], [2, 0], [0, 3], [1, 1]]))
    assert found.length.tolist() == [2, 2, math.inf, 0]
    assert [path.tolist() for path in found.nodes] == [[0, 1, 2], [2, 1, 0], [], [1]]
    assert [along.tolist() for along in found.reached] == [[0, 1, 2], [0, 1, 2], [], [0]]
    assert distances_from(graph, 0).tolist() == [0, 1, 2, math.inf]
    near = shortest_paths(graph, torch.tensor([[0, 2]]), torch.tensor([1.5]).double())
    assert near.length.tolist() == [math.inf]


@pytest.mark.parametrize(("reach", "excess"), [(1, 0.083), (2, 0.028), (3, 0.0142), (4, 0.0081)])
def test_a_wider_stencil_is_nearer(reach: int, excess: float) -> None:
    graph = grid_graph(FLAT, ((-1.0, 1.0), (-1.0, 1.0)), 41, reach)
    centre = len(graph.nodes) // 2
    true = graph.nodes.norm(dim=1)
    far = true > 0.1
    ratio = torch.as_tensor(distances_from(graph, centre))[far] / true[far]
    assert float(ratio.min()) > 1 - 1e-9
    assert 0.5 * excess < float(ratio.max()) - 1 < excess


def test_edges_are_measured_along_them() -> None:
    z0, z1 = draw(6, 2, -0.8, 0.8)
    true = lg.euclidean(sphere().metric, z0, z1).length
    torch.testing.assert_close(edge_lengths(sphere().metric, z0, z1), true, rtol=1e-3, atol=0)
    torch.testing.assert_close(edge_lengths(sphere().metric, z0, z1, 1e-9), true, rtol=1e-6, atol=0)
    grid = grid_graph(sphere().metric, BOX, 21, 2)
    some = torch.arange(0, len(grid.edges), 50)
    ends = grid.nodes[grid.edges[some]]
    torch.testing.assert_close(
        grid.lengths[some], edge_lengths(sphere().metric, ends[:, 0], ends[:, 1], 1e-9), rtol=1e-4, atol=0
    )


def test_neighbours_and_attached_points() -> None:
    points = torch.linspace(0, 1, 6, dtype=torch.float64)[:, None].expand(-1, 3).contiguous()
    graph = knn_graph(FLAT, points, 2)
    assert graph.edges.tolist() == sorted(graph.edges.tolist())
    assert len({tuple(edge) for edge in graph.edges.tolist()}) == len(graph.edges)
    full = attach(graph, FLAT, points[:1] - 1, neighbours=1)
    assert torch.equal(full.nodes[-1], points[0] - 1)
    assert full.edges[-1].tolist() == [6, 0]
    assert float(distances_from(full, 6)[5]) == pytest.approx(2 * 3**0.5)


def test_neighbours_that_cannot_be() -> None:
    points = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="neighbours must be at least 1; got 0"):
        lg.knn_graph(FLAT, points, 0)
    with pytest.raises(ValueError, match=r"points must be \(points, latent\), at least one; got \(0, 2\)"):
        lg.knn_graph(FLAT, points[:0])
    assert len(lg.knn_graph(FLAT, points[:1]).edges) == 0


def test_paths_along_neighbours() -> None:
    angle = torch.linspace(0, math.pi, 101, dtype=torch.float64)
    graph = lg.knn_graph(FLAT, torch.stack([angle.cos(), angle.sin()], 1), neighbours=2)
    found = lg.shortest_paths(graph, torch.tensor([[0, 100]]))
    assert float(found.length[0]) == pytest.approx(math.pi, rel=1e-3)


def test_sizes_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="size must be at least 2 along each axis; got 1"):
        lg.distance_field(FLAT, torch.zeros(2, dtype=torch.float64), BOX, 1)
