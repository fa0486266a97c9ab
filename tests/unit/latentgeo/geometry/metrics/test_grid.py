"""A metric's cache: how near it is, what it does outside, and its derivatives."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.metrics.bounds import bounding_box
from latentgeo.geometry.metrics.caching import cache_of, cached
from latentgeo.geometry.metrics.jet import entries
from latentgeo.geometry.metrics.lattice import Lattice
from surfaces import hyperbolic, random_mlp, sphere

BOX = ((-1.0, 1.0), (-0.5, 0.7))


def inside(count: int = 200) -> Tensor:
    low, high = torch.tensor(BOX, dtype=torch.float64).T
    return low + (high - low) * torch.rand(count, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture(scope="module")
def decoder_metric() -> lg.PullbackMetric:
    return lg.PullbackMetric(random_mlp(scale=1.5))


@pytest.fixture(scope="module")
def grid(decoder_metric: lg.PullbackMetric) -> lg.GridMetric:
    return lg.GridMetric(decoder_metric, BOX, (64, 48))


def relative(found: Tensor, true: Tensor) -> Tensor:
    return (found - true).flatten(1).norm(dim=1) / true.flatten(1).norm(dim=1)


def test_interpolation_is_near(grid: lg.GridMetric, decoder_metric: lg.PullbackMetric) -> None:
    z = inside()
    error = relative(grid(z), decoder_metric(z))
    assert float(error.max()) < 1e-3
    assert float(error.quantile(0.95)) <= 2 * grid.interpolation_error
    assert bool(grid.inside(z).all())


def test_the_error_falls_with_the_fourth_power_of_the_step(decoder_metric: lg.PullbackMetric) -> None:
    z = inside(50)
    coarse, fine = (relative(lg.GridMetric(decoder_metric, BOX, n)(z), decoder_metric(z)).median() for n in (17, 33))
    assert float(fine / coarse) < 1 / 8


def test_nodes_are_met(decoder_metric: lg.PullbackMetric) -> None:
    x, y = torch.linspace(-1, 1, 64, dtype=torch.float64), torch.linspace(-0.5, 0.7, 48, dtype=torch.float64)
    nodes = torch.stack([x[[0, 7, 63]], y[[0, 30, 47]]], 1)
    # of a metric that is no decoder's there are no differences
    grid = lg.GridMetric(lg.FunctionMetric(decoder_metric), BOX, (64, 48))
    torch.testing.assert_close(grid(nodes), decoder_metric(nodes), rtol=1e-9, atol=1e-9)


def test_a_decoder_is_asked_for_its_values_alone(grid: lg.GridMetric, decoder_metric: lg.PullbackMetric) -> None:
    seen = []

    def counted(z: Tensor) -> Tensor:
        seen.append(len(z))
        return decoder_metric.decoder(z)

    metric = lg.PullbackMetric(counted, probe=inside(4))
    seen.clear()
    again = lg.GridMetric(metric, BOX, (64, 48))
    nodes = (64 + 6) * (48 + 6)
    # beside the nodes, what the error is estimated by
    assert nodes <= sum(seen) < nodes + 600
    z = inside()
    torch.testing.assert_close(again(z), grid(z), rtol=1e-9, atol=1e-9)
    exact = lg.GridMetric(lg.FunctionMetric(decoder_metric), BOX, (64, 48))
    torch.testing.assert_close(grid(z), exact(z), rtol=1e-4, atol=1e-5)


def test_without_its_wall_a_cache_is_the_metric_just_outside(decoder_metric: lg.PullbackMetric) -> None:
    grid = lg.GridMetric(decoder_metric, BOX, 129)
    z = torch.tensor([[1.02, 0.3], [0.2, -0.51]], dtype=torch.float64)
    assert not bool(grid.inside(z).any())
    torch.testing.assert_close(grid.without_wall()(z), decoder_metric(z), rtol=1e-2, atol=1e-4)
    assert bool((grid(z) != grid.without_wall()(z)).any())


@pytest.mark.parametrize("smoothed", [False, True])
def test_on_a_lattice_it_is_what_it_is_point_by_point(grid: lg.GridMetric, smoothed: bool) -> None:
    metric = lg.SmoothedMetric(grid, 2.0) if smoothed else grid
    low, high = torch.tensor(BOX, dtype=torch.float64).T
    lattice = Lattice(low - 0.1, ((high - low + 0.2) / 30).diag(), (31, 31))
    torch.testing.assert_close(metric.on_lattice(lattice), entries(metric(lattice.nodes())))


def test_the_two_verbs_agree(grid: lg.GridMetric) -> None:
    z = torch.cat([inside(20), 3 * inside(20)])
    v = z.flip(0)
    G = grid(z)
    torch.testing.assert_close(grid.squared_speed(z, v), torch.einsum("bi,bij,bj->b", v, G, v))
    assert float(torch.linalg.eigvalsh(G).min()) >= -1e-12 * float(G.abs().max())


def test_outside_is_never_cheap(grid: lg.GridMetric) -> None:
    directions = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1]], dtype=torch.float64)
    low, high = torch.tensor(BOX, dtype=torch.float64).T
    border = (low + high) / 2 + directions * (high - low) / 2
    trace = grid(border).diagonal(dim1=1, dim2=2).sum(1)
    for far in (0.3, 1.0, 10.0):
        beyond = grid(border + far * directions * (high - low)).diagonal(dim1=1, dim2=2).sum(1)
        assert bool((beyond > 5 * trace).all())
    assert not bool(grid.inside(border + 0.1 * directions).any())


def test_nothing_jumps_at_the_border(grid: lg.GridMetric) -> None:
    on = torch.tensor([[1.0, 0.1], [0.2, 0.7], [-1.0, -0.5]], dtype=torch.float64)
    torch.testing.assert_close(grid(on + 1e-9), grid(on - 1e-9), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("where", ["inside", "outside", "far outside"])
def test_jet(grid: lg.GridMetric, where: str) -> None:
    z = {"inside": inside(20), "outside": inside(5) + 1.05, "far outside": inside(5) - 5}[where]
    jet = grid.jet(z)
    step = 1e-5

    def entries(points: Tensor) -> Tensor:
        return grid.entries(points)

    x, y = step * torch.eye(2, dtype=z.dtype)
    torch.testing.assert_close(jet.value, entries(z))
    scale = float(jet.value.abs().max())
    for found, d in zip(jet.first, (x, y), strict=True):
        torch.testing.assert_close(found, (entries(z + d) - entries(z - d)) / (2 * step), rtol=1e-4, atol=1e-6 * scale)
    numeric = (
        (grid.jet(z + x).first[0] - grid.jet(z - x).first[0]) / (2 * step),
        (grid.jet(z + y).first[0] - grid.jet(z - y).first[0]) / (2 * step),
        (grid.jet(z + y).first[1] - grid.jet(z - y).first[1]) / (2 * step),
    )
    for found, expected in zip(jet.second, numeric, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * scale)


def test_gradients(grid: lg.GridMetric) -> None:
    z = torch.cat([inside(3), inside(2) + 1.5])
    assert torch.autograd.gradcheck(grid, (z.requires_grad_(),))


def test_semi_definite_where_the_grid_is_far_too_coarse() -> None:
    # the metric's rank is one everywhere and its direction turns quickly
    def G(z: Tensor) -> Tensor:
        angle = 40 * z[:, 0]
        direction = torch.stack([angle.cos(), angle.sin()], 1)
        return direction.unsqueeze(2) * direction.unsqueeze(1)

    coarse = lg.GridMetric(lg.FunctionMetric(G), ((-1.0, 1.0), (-1.0, 1.0)), 12)
    eigenvalues = torch.linalg.eigvalsh(coarse(2 * inside()))
    assert float(eigenvalues.min()) > -1e-12
    assert coarse.interpolation_error > 0.1


def test_the_size_is_chosen_by_the_error() -> None:
    rough = lg.GridMetric(lg.PullbackMetric(random_mlp(scale=6.0)), BOX)
    assert lg.GridMetric(sphere().metric, BOX).size == (33, 33)
    assert rough.size[0] >= 129
    assert rough.interpolation_error <= 0.01 or rough.size == (257, 257)
    assert cache_of(sphere().metric) is None


def test_sharpening_keeps_values_that_the_splines_cannot_meet() -> None:
    rough = lg.PullbackMetric(random_mlp(scale=8.0))
    once = lg.GridMetric(rough, BOX, most=129)
    again = lg.GridMetric(rough, BOX, 129)
    points = inside(50)
    torch.testing.assert_close(once(points), again(points))


def test_one_cache_serves_what_is_built_on_it(grid: lg.GridMetric, decoder_metric: lg.PullbackMetric) -> None:
    smooth = lg.SmoothedMetric(decoder_metric, 1.0)
    points = inside(4)
    assert cached(decoder_metric, points, grid) is grid
    assert cached(grid, points) is grid
    assert cache_of(cached(smooth, points, grid)) is grid
    made = cache_of(cached(smooth, points, size=16))
    assert made is not None
    assert made.metric is decoder_metric
    with pytest.raises(ValueError, match="grid caches another metric"):
        cached(sphere().metric, points, grid)


def test_bounding_box() -> None:
    points = torch.tensor([[0.0, 1.0], [4.0, 2.0]], dtype=torch.float64)
    assert bounding_box(points) == ((-1, 5), (0, 3))
    assert bounding_box(points[:1], 0.5) == ((-0.5, 0.5), (0.5, 1.5))


@pytest.mark.parametrize("bounds", [((1.0, -1.0), (0.0, 1.0)), ((0.0, 0.0), (0.0, 1.0))])
def test_bad_bounds(bounds) -> None:
    with pytest.raises(
        ValueError, match=r"bounds must be \(\(x low, x high\), \(y low, y high\)\), finite and increasing; got"
    ):
        lg.GridMetric(sphere().metric, bounds)


def test_too_small() -> None:
    with pytest.raises(ValueError, match="size must be at least 5 along each axis; got 4"):
        lg.GridMetric(sphere().metric, BOX, 4)


def test_bounds_outside_the_metrics_domain() -> None:
    with pytest.raises(ValueError, match=r"not finite at .*; choose bounds"):
        lg.GridMetric(hyperbolic().metric, ((-1.0, 1.0), (0.0, 1.0)), 21)


@pytest.mark.usefixtures("unchecked")
def test_three_dimensions(grid: lg.GridMetric) -> None:
    with pytest.raises(ValueError, match="a grid metric has 2 latent dimensions; got points of 3"):
        grid(torch.zeros(2, 3, dtype=torch.float64))
