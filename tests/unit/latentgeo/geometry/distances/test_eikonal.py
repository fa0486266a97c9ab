"""The eikonal solver: nearer than any graph, first order in the step, and the same for sources together or alone."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.distances.eikonal import mesh, spread
from surfaces import Surface, hyperbolic, sphere, torus

STRETCHED = lg.FunctionMetric(lambda z: z.new_tensor([[1.0, 1.8], [1.8, 4.0]]).expand(len(z), -1, -1))
BOX = ((-1.0, 1.0), (-1.0, 1.0))


def excess(size: int, reach: int) -> Tensor:
    source = torch.tensor([[0.1, -0.05]], dtype=torch.float64)
    nodes = mesh(STRETCHED, BOX, (size, size), reach)
    found = spread(nodes, STRETCHED, source, 1e-9)[0]
    d = nodes.nodes - source
    true = (d[..., 0] ** 2 + 3.6 * d[..., 0] * d[..., 1] + 4 * d[..., 1] ** 2).sqrt()
    return (found / true - 1)[true > 0.3]


@pytest.mark.parametrize(("reach", "most"), [(1, 0.1), (2, 0.025), (3, 0.01)])
def test_the_error_falls_with_the_step(reach: int, most: float) -> None:
    coarse, fine = excess(41, reach), excess(161, reach)
    assert float(coarse.min()) > -1e-9
    assert float(fine.max()) < 0.6 * float(coarse.max())
    assert float(fine.max()) < most


@pytest.mark.slow
@pytest.mark.parametrize("surface", [sphere(), hyperbolic(), torus()], ids=lambda s: s.name)
def test_fields_within_one_per_cent_of_closed_forms(surface: Surface) -> None:
    z0, z1 = surface.ends(12)
    low, high = torch.cat([z0, z1]).amin(0), torch.cat([z0, z1]).amax(0)
    grid = lg.GridMetric(surface.metric, torch.stack([low - 0.3, high + 0.3], 1), 64)
    field = lg.distance_field(grid, z0[0], size=107, checks=0)
    # targets at nodes next to the surface's own end points, which lie where its oracle works
    step = field.z[1, 1] - field.z[0, 0]
    cell = ((z1 - field.z[0, 0]) / step).round().long()
    target = field.z[cell[:, 1], cell[:, 0]]
    true = surface.distance(z0[:1].expand_as(target), target)
    torch.testing.assert_close(field.distance[cell[:, 1], cell[:, 0]], true, rtol=0.01, atol=0)


def test_sources_do_not_touch_each_other() -> None:
    metric = sphere().metric
    nodes = mesh(metric, BOX, (30, 24))
    sources = torch.tensor([[0.0, 0.1], [0.9, -0.9], [-0.4, 0.3]], dtype=torch.float64)
    together = spread(nodes, metric, sources, 0.0, rounds=4)
    assert together.shape == (3, 30, 24)
    alone = torch.cat([spread(nodes, metric, source[None], 0.0, rounds=4) for source in sources])
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=0)


def test_float32_is_enough() -> None:
    metric = sphere().metric
    nodes = mesh(metric, BOX, (33, 33))
    source = torch.tensor([[-0.9, 0.2], [0.0, 0.0]], dtype=torch.float64)
    double, single = spread(nodes, metric, source, 1e-9), spread(nodes, metric, source.float(), 1e-9)
    torch.testing.assert_close(single.double(), double, rtol=1e-3, atol=1e-6)


def test_a_flat_direction_costs_nothing() -> None:
    metric = lg.FunctionMetric(lambda z: z.new_tensor([[1.0, 0.0], [0.0, 0.0]]).expand(len(z), -1, -1))
    nodes = mesh(metric, BOX, (21, 21))
    found = spread(nodes, metric, torch.zeros(1, 2, dtype=torch.float64), 1e-9)[0]
    torch.testing.assert_close(found, nodes.nodes[..., 0].abs(), rtol=1e-4, atol=1e-4)
