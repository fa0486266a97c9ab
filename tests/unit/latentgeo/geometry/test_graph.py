"""Graphs of nearest neighbours among points of which some are copies of others."""

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.graph import attach
from latentgeo.geometry.solution import Solver
from surfaces import draw, sphere

FLAT = lg.FunctionMetric(lambda z: torch.eye(z.shape[1], dtype=z.dtype).expand(len(z), -1, -1))


@pytest.mark.parametrize("noise", [0.0, 1e-12])
@pytest.mark.parametrize("first", [False, True])
def test_copies_of_a_point_count_once(noise: float, first: bool) -> None:
    surface = sphere(3, reach=1.5)
    z = torch.cat(surface.ends(60))
    generator = torch.Generator().manual_seed(0)
    # as many as each point has neighbours, and more
    copies = z[5] + noise * torch.randn(40, 3, generator=generator, dtype=torch.float64)
    others = slice(40, None) if first else slice(len(z))
    both = torch.cat([copies, z] if first else [z, copies])
    alone, found = lg.distance_matrix(surface.metric, z), lg.distance_matrix(surface.metric, both)
    torch.testing.assert_close(found[others, others], alone, rtol=1e-9, atol=1e-11)
    # a copy is as far from everything as what it is a copy of
    mine = slice(40) if first else slice(len(z), None)
    torch.testing.assert_close(found[mine, others], alone[5].expand(40, -1), rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(found[mine, mine], torch.zeros(40, 40, dtype=torch.float64), rtol=0, atol=1e-10)


def test_nodes_of_a_graph_are_numbered_as_the_points_are() -> None:
    z = torch.tensor([[1.0], [0.0], [1.0], [3.0], [0.0], [1.0]], dtype=torch.float64)
    graph = lg.knn_graph(FLAT, z, neighbours=1)
    assert torch.equal(graph.nodes, z)
    assert graph.distinct is not None
    assert graph.distinct.tolist() == [0, 1, 3]
    paths = lg.shortest_paths(graph, torch.tensor([[2, 5], [4, 3], [1, 4]]))
    torch.testing.assert_close(paths.length, torch.tensor([0.0, 3.0, 0.0], dtype=torch.float64))
    assert paths.nodes[1].tolist() == [4, 1, 0, 3]


def test_a_point_among_copies_of_a_node_reaches_others() -> None:
    z = draw(30, 3, -1, 1)[0]
    data = torch.cat([z, z[:1].expand(50, -1)])
    one = attach(lg.knn_graph(FLAT, data), FLAT, z[:1] + 0.01)
    new = one.edges[one.edges[:, 0] == len(data)]
    assert len(new) == 16
    assert len(one.nodes[new[:, 1]].unique(dim=0)) == 16
    again = attach(one, FLAT, z[1:2] + 0.01)
    assert again.distinct is not None
    assert again.distinct.tolist() == [*range(30), len(data), len(data) + 1]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_nothing_but_copies(count: int) -> None:
    graph = lg.knn_graph(FLAT, torch.full((count, 2), 1e6, dtype=torch.float64))
    assert graph.edges.tolist() == [[0, other] for other in range(1, count)]
    assert not bool(graph.lengths.any())


def test_points_that_are_close_are_no_copies() -> None:
    z = torch.cat([torch.linspace(0, 1e-6, 8, dtype=torch.float64), torch.ones(1, dtype=torch.float64)])
    assert lg.knn_graph(FLAT, z[:, None].expand(-1, 2), 2).distinct is None


@pytest.mark.parametrize("solver", [lg.SplineCurve(), lg.GaussNewton(), lg.Georce(), lg.GraphPath()])
def test_data_that_were_encoded_twice_are_data(solver: Solver) -> None:
    surface = sphere(3, reach=2.0)
    z0, z1 = surface.ends(4)
    data = torch.cat(surface.ends(60))
    alone = lg.geodesic(surface.metric, z0, z1, solver, data=data)
    # a copy of each, and many of the points that lie next to the ends
    copies = torch.cat([data, data, z0.repeat(30, 1), data[:4].repeat(30, 1)])
    found = lg.geodesic(surface.metric, z0, z1, solver, data=copies)
    torch.testing.assert_close(found.length, alone.length, rtol=1e-6, atol=0)
    assert found.outcome == alone.outcome


def test_no_path_leads_through_points_that_were_attached() -> None:
    """They are nearer to each other than the nodes are: a way through them would be shorter."""
    nodes = torch.tensor([[0.0, 0.0], [4.0, 0.0], [2.0, 3.0]], dtype=torch.float64)
    graph = lg.Graph(nodes, torch.tensor([[0, 2], [1, 2]]), torch.tensor([13.0, 13.0]).double().sqrt())
    ends = torch.tensor([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], dtype=torch.float64)
    full = attach(graph, FLAT, ends, neighbours=2)
    pairs = torch.tensor([[0, 1], [3, 5], [4, 4]])
    paths = lg.shortest_paths(full, pairs)
    assert paths.nodes[0].tolist() == [0, 2, 1]
    assert paths.nodes[1].tolist() in ([3, 0, 2, 1, 5], [3, 1, 5], [3, 0, 5])
    assert paths.nodes[2].tolist() == [4]
    for pair, alone in enumerate(pairs):
        assert torch.equal(lg.shortest_paths(full, alone[None]).length, paths.length[pair : pair + 1])
