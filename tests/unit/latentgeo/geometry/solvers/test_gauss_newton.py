"""Gauss and Newton's method on chains: closed forms, other solvers, ReLU decoders, and what its record says."""

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.curves.curve import Polyline
from latentgeo.geometry.metrics.wall import Walled
from latentgeo.geometry.solvers.block_tridiagonal import solve, times
from latentgeo.geometry.solvers.chain import curve_through, doubled, length_through
from latentgeo.geometry.solvers.discrete_energy import discrete_energy, is_piecewise_linear
from surfaces import ALL_2D, Surface, affine, cylinder, draw, hyperbolic, moved, paraboloid, random_mlp, sphere

SHIFT = torch.tensor([3.0, -2.0], dtype=torch.float64)
CLOSED_FORMS = [*ALL_2D, sphere(3), sphere(10), affine(2), affine(10), moved(cylinder(), SHIFT), moved(sphere(), SHIFT)]
BOX = ((-0.3, 0.3), (-0.2, 0.4))


def named(surface: Surface) -> str:
    return surface.name


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def relu_mlp(seed: int = 0) -> nn.Sequential:
    """The random decoder with its activations made piecewise linear."""
    layers = [nn.ReLU() if isinstance(layer, nn.Tanh) else layer for layer in random_mlp(scale=1.5, seed=seed)]
    return nn.Sequential(*layers).eval()


@pytest.mark.parametrize("surface", CLOSED_FORMS, ids=named)
def test_closed_forms(surface: Surface) -> None:
    z0, z1 = surface.ends(25)
    true = surface.distance(z0, z1)
    found = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton())
    assert found.outcome == [lg.Outcome.CONVERGED] * 25
    excess = (found.length / true - 1).abs()
    assert float(excess.median()) < 1e-8
    assert float(excess.max()) < 1e-6
    # the estimate claims no more than is true
    assert bool((excess <= found.residual + 1e-8).all())


@pytest.mark.parametrize("surface", [sphere(), hyperbolic(), sphere(3)], ids=named)
def test_curves_run_at_constant_velocity_and_meet_their_ends(surface: Surface) -> None:
    z0, z1 = surface.ends(4)
    found = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton())
    t = torch.linspace(0, 1, 41, dtype=torch.float64)
    torch.testing.assert_close(found.velocity(t), found.length[:, None].expand(-1, 41), rtol=2e-3, atol=0)
    ends = found.curve(t[[0, -1]])
    assert torch.equal(ends, torch.stack([z0, z1], 1))


@pytest.mark.parametrize(("latent", "reach"), [(2, 1.2), (5, 0.7)])
def test_three_solvers_agree_on_a_decoder(latent: int, reach: float) -> None:
    metric = lg.PullbackMetric(random_mlp(latent))
    z0, z1 = draw(1, latent, -reach, reach)
    chain = lg.geodesic(metric, z0, z1, lg.GaussNewton())
    spline = lg.geodesic(metric, z0, z1)
    equation = lg.geodesic(metric, z0, z1, lg.BVP(nodes=65, tolerance=1e-3))
    for found in (chain, spline, equation):
        assert found.outcome == [lg.Outcome.CONVERGED]
    torch.testing.assert_close(chain.length, equation.length, rtol=1e-6, atol=0)
    torch.testing.assert_close(spline.length, equation.length, rtol=1e-6, atol=0)
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    torch.testing.assert_close(chain.curve(t), equation.curve(t), rtol=0, atol=5e-3)


@pytest.mark.filterwarnings("ignore::latentgeo.errors.PiecewiseLinearWarning")
def test_a_piecewise_linear_decoder() -> None:
    metric = lg.PullbackMetric(relu_mlp())
    z0, z1 = draw(6, 2, -2, 2)
    line = lg.euclidean(metric, z0, z1)
    found = lg.geodesic(metric, z0, z1, lg.GaussNewton())
    assert bool((found.length <= line.length).all())
    assert float((found.length / line.length).min()) < 0.99
    graph = lg.geodesic(metric, z0, z1, lg.GraphPath(size=128))
    # the graph's own error is a per cent or so, on the long side
    assert bool((found.length <= 1.002 * graph.length).all())
    assert bool((found.length >= 0.975 * graph.length).all())
    # few settle to the tolerance, and the record says by how much they moved last
    unsettled = torch.tensor([outcome is lg.Outcome.MAX_ITERATIONS for outcome in found.outcome])
    assert bool((found.residual[unsettled] > 1e-6).all())
    assert float(found.residual.median()) < 2e-3
    assert "segments" in found.solver


def test_the_record() -> None:
    surface = paraboloid()
    z0, z1 = surface.ends(3)
    seen: list[tuple[int, float]] = []
    found = lg.geodesic(
        surface.metric, z0, z1, lg.GaussNewton(), on_step=lambda step, value: seen.append((step, value))
    )
    for value in (found.length, found.length_error, found.max_velocity, found.residual, found.iterations):
        assert value.shape == (3,)
        assert bool(torch.isfinite(value).all())
        assert not value.requires_grad
    assert len(found.outcome) == 3
    assert found.iterations.dtype == torch.long
    assert "GaussNewton(line start, spline" in found.solver
    assert [step for step, _ in seen] == list(range(len(seen)))


def test_equal_ends_and_no_pairs() -> None:
    surface = sphere()
    z0, z1 = surface.ends(3)
    z1[1] = z0[1]
    found = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton())
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-7, atol=1e-12)
    assert lg.geodesic(surface.metric, z0[:0], z1[:0], lg.GaussNewton()).outcome == []


@pytest.mark.parametrize("metric", [lg.PullbackMetric(random_mlp(scale=2.5)), hyperbolic().metric])
def test_a_batch_is_its_pairs_one_by_one(metric: lg.Metric) -> None:
    z0, z1 = draw(6, 2, 0.5, 2)
    batch = lg.geodesic(metric, z0, z1, lg.GaussNewton())
    for pair in range(6):
        alone = lg.geodesic(metric, z0[[pair]], z1[[pair]], lg.GaussNewton())
        torch.testing.assert_close(alone.length, batch.length[[pair]], rtol=1e-10, atol=0)
        assert alone.outcome == [batch.outcome[pair]]
        assert int(alone.iterations) == int(batch.iterations[pair])


@pytest.mark.parametrize("decoder", [random_mlp(scale=2.5), random_mlp(3)], ids=["2-D", "3-D"])
def test_too_few_iterations_is_an_outcome(decoder: nn.Sequential) -> None:
    metric = lg.PullbackMetric(decoder)
    latent = decoder[0].in_features
    assert isinstance(latent, int)
    z0, z1 = draw(3, latent, -2, 2)
    found = lg.geodesic(metric, z0, z1, lg.GaussNewton(max_iterations=1))
    assert lg.Outcome.CONVERGED not in found.outcome
    assert bool((found.residual > 1e-6).all())
    assert bool((found.length <= lg.euclidean(metric, z0, z1).length).all())


def test_too_few_nodes_is_an_outcome() -> None:
    metric = lg.PullbackMetric(random_mlp(scale=2.5))
    z0, z1 = draw(3, 2, -2, 2)
    found = lg.geodesic(metric, z0, z1, lg.GaussNewton(nodes=17, doublings=0))
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS] * 3
    finer = lg.geodesic(metric, z0, z1, lg.GaussNewton())
    assert bool((finer.residual < found.residual).all())
    # the estimate is an upper bound on what the finer chain gained
    assert bool((found.length / finer.length - 1 <= found.residual).all())


def test_a_metric_that_is_not_finite() -> None:
    def G(z: Tensor) -> Tensor:
        known = (z[:, 1] < 0.5)[:, None, None]
        return torch.where(known, torch.eye(2, dtype=z.dtype), torch.nan)

    z0, z1 = row(-0.5, 0.0), row(0.5, 0.8)
    found = lg.geodesic(lg.FunctionMetric(G), torch.cat([z0, z0]), torch.cat([z1, row(0.5, 0)]), lg.GaussNewton())
    assert found.outcome == [lg.Outcome.DIVERGED, lg.Outcome.CONVERGED]
    assert float(found.length[1]) == pytest.approx(1.0)


@pytest.mark.parametrize("start", ["auto", "graph", "line"])
def test_every_start_finds_the_sphere(start: str) -> None:
    surface = sphere()
    z0, z1 = surface.ends(2)
    grid = lg.GridMetric(surface.metric, ((-1.0, 1.0), (-1.0, 1.0)), 64)
    found = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton(start=start), grid=grid)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-7, atol=0)
    assert ("line start" if start == "line" else "graph start") in found.solver
    cached = lg.geodesic(grid, z0, z1, lg.GaussNewton(start=start))
    torch.testing.assert_close(cached.length, surface.distance(z0, z1), rtol=1e-4, atol=0)


def test_data_are_the_nodes_in_three_dimensions() -> None:
    surface = sphere(3)
    z0, z1 = surface.ends(2)
    found = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton(), data=torch.cat(draw(60, 3, -0.6, 0.6)))
    assert "neighbours start" in found.solver
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-7, atol=0)


def test_bad_settings() -> None:
    z0, z1 = sphere(3).ends(1)
    with pytest.raises(ValueError, match="start='graph' needs data"):
        lg.geodesic(sphere(3).metric, z0, z1, lg.GaussNewton(start="graph"))
    with pytest.raises(ValueError, match="no start 'straight'; found: auto, graph, line"):
        lg.GaussNewton(start="straight")
    for nodes in (5, 32):
        with pytest.raises(ValueError, match=f"a multiple of four and one more, at least 9; got {nodes}"):
            lg.GaussNewton(nodes=nodes)


@pytest.mark.slow
@pytest.mark.parametrize("function", [False, True], ids=["chords", "midpoints"])
def test_a_geodesic_that_the_bounds_hold_back_says_so(function: bool) -> None:
    # along the cylinder's axis, which this chart bends to u = 2 - 2 w^2
    pulled = cylinder(radius=1.0, shear=2.0).metric
    metric = lg.FunctionMetric(pulled) if function else pulled
    z0, z1 = row(0.0, -1.0), row(0.0, 1.0)
    narrow = lg.geodesic(metric, z0, z1, lg.GaussNewton(), bounds=((-0.5, 0.5), (-1.5, 1.5)))
    spline = lg.geodesic(pulled, z0, z1, bounds=((-0.5, 0.5), (-1.5, 1.5)))
    wide = lg.geodesic(metric, z0, z1, lg.GaussNewton(), bounds=((-3.0, 3.0), (-1.5, 1.5)))
    assert wide.outcome == [lg.Outcome.CONVERGED]
    assert float(wide.length) == pytest.approx(2.0, rel=1e-6)
    assert narrow.outcome == [lg.Outcome.BOUNDED]
    assert float(narrow.length) == pytest.approx(float(spline.length), rel=1e-4)


@pytest.mark.parametrize(
    "metric",
    [
        sphere().metric,
        Walled(sphere().metric, BOX),
        lg.PullbackMetric(random_mlp(3)),
        lg.FunctionMetric(sphere().metric),
        Walled(lg.FunctionMetric(sphere().metric), BOX),
        lg.GridMetric(sphere().metric, ((-1.0, 1.0), (-1.0, 1.0)), 16),
        affine(2).metric,
        lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype).expand(len(z), 2, 2)),
    ],
    ids=["chords", "walled chords", "3-D chords", "midpoints", "walled midpoints", "jet", "affine", "flat"],
)
def test_the_energys_derivatives_are_those_of_its_value(metric: lg.Metric) -> None:
    latent = 3 if isinstance(metric, lg.PullbackMetric) and isinstance(metric.decoder, nn.Sequential) else 2
    energy = discrete_energy(metric)
    nodes = draw(2 * 5, latent, -0.5, 0.5)[0].view(2, 5, latent)
    here = energy(nodes)
    inner = torch.eye(3 * latent, dtype=torch.float64).view(-1, 1, 3, latent)
    step = 1e-5
    for direction in inner:
        moved = nn.functional.pad(step * direction, (0, 0, 1, 1))
        more, less = energy(nodes + moved), energy(nodes - moved)
        slope = (more.value - less.value) / (2 * step)
        torch.testing.assert_close(slope, (here.gradient * direction).sum((1, 2)), rtol=1e-6, atol=1e-6)
        bend = (more.gradient - less.gradient) / (2 * step)
        product = times(
            here.diagonal + here.rest_diagonal, here.upper + here.rest_upper, direction.expand(2, -1, -1).clone()
        )
        torch.testing.assert_close(product, bend, rtol=1e-5, atol=1e-5 * float(here.value.max()))


@pytest.mark.parametrize("latent", [1, 2, 4])
@pytest.mark.parametrize("nodes", [1, 2, 3, 6, 7, 20])
def test_block_tridiagonal_systems(latent: int, nodes: int) -> None:
    generator = torch.Generator().manual_seed(nodes)
    half = torch.randn(3, nodes, latent, latent, generator=generator, dtype=torch.float64)
    upper = torch.randn(3, nodes - 1, latent, latent, generator=generator, dtype=torch.float64)
    right = torch.randn(3, nodes, latent, generator=generator, dtype=torch.float64)
    diagonal = half @ half.mT + 5 * latent * torch.eye(latent, dtype=torch.float64)
    # the last pair's matrix is indefinite
    diagonal[2] -= 20 * latent * torch.eye(latent, dtype=torch.float64)
    found, definite = solve(diagonal, upper, right)
    assert definite.tolist() == [True, True, False]
    torch.testing.assert_close(times(diagonal, upper, found)[:2], right[:2], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("straight", [False, True])
def test_a_chain_with_twice_the_nodes_has_the_same_curve(straight: bool) -> None:
    nodes = draw(12, 2, -0.5, 0.5)[0].view(2, 6, 2)
    finer = doubled(nodes, straight)
    t = torch.linspace(0, 1, 23, dtype=torch.float64)
    curve = curve_through(nodes, straight)
    torch.testing.assert_close(curve_through(finer, straight)(t), curve(t))
    if straight:
        assert isinstance(curve, Polyline)
    else:
        torch.testing.assert_close(curve(torch.linspace(0, 1, 6, dtype=torch.float64)), nodes)
    expected = lg.measure(sphere().metric, curve).length
    torch.testing.assert_close(length_through(sphere().metric, finer, straight), expected, rtol=1e-3, atol=0)


@pytest.mark.filterwarnings("ignore::latentgeo.errors.PiecewiseLinearWarning")
def test_which_metrics_are_piecewise_linear() -> None:
    z = draw(10, 2, -1, 1)[0]
    assert is_piecewise_linear(lg.PullbackMetric(relu_mlp()), z)
    assert is_piecewise_linear(Walled(lg.PullbackMetric(relu_mlp()), BOX), z)
    assert not is_piecewise_linear(lg.PullbackMetric(random_mlp()), z)
    assert not is_piecewise_linear(hyperbolic().metric, z + 3)


def test_a_decoder_in_float32() -> None:
    z0, z1 = draw(3, 2, -1, 1)
    single = lg.PullbackMetric(random_mlp(hidden=16, obs=8, scale=1.0).float(), dtype=torch.float32)
    found = lg.geodesic(single, z0, z1, lg.GaussNewton())
    double = lg.geodesic(lg.PullbackMetric(random_mlp(hidden=16, obs=8, scale=1.0)), z0, z1, lg.GaussNewton())
    torch.testing.assert_close(found.length, double.length, rtol=1e-5, atol=0)
