"""GEORCE: its formulas against what they solve, closed forms, other solvers, and what its record says."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.solvers.georce import Prices, georce, priced, steered, step_metric
from surfaces import (
    Surface,
    affine,
    cone,
    cylinder,
    draw,
    hyperbolic,
    paraboloid,
    random_mlp,
    sphere,
    torus,
)


def named(surface: Surface) -> str:
    return surface.name


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def bent_chains(latent: int = 2, nodes: int = 6) -> Tensor:
    """Three chains through random nodes."""
    return draw(3 * nodes, latent, -0.5, 0.5)[0].view(3, nodes, latent)


@pytest.mark.parametrize("surface", [torus(), sphere(5), cone()], ids=named)
def test_the_papers_sum_needs_more_nodes(surface: Surface) -> None:
    z0, z1 = surface.ends(6)
    true = surface.distance(z0, z1)
    found = lg.geodesic(surface.metric, z0, z1, lg.Georce(symmetric=False, doublings=4))
    assert found.outcome == [lg.Outcome.CONVERGED] * 6
    torch.testing.assert_close(found.length, true, rtol=1e-6, atol=0)
    both = [
        lg.geodesic(surface.metric, z0, z1, lg.Georce(doublings=0, symmetric=symmetric)) for symmetric in (True, False)
    ]
    ours, theirs = ((one.length / true - 1).abs().max() for one in both)
    assert float(ours) <= float(theirs) + 1e-7


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(
    ("metric", "latent"),
    [(paraboloid().metric, 2), (lg.PullbackMetric(random_mlp(3)), 3), (torus().metric, 2), (affine(2).metric, 2)],
    ids=["paraboloid", "3-D decoder", "torus", "affine"],
)
def test_prices_have_the_derivatives_of_the_energy(metric: lg.Metric, latent: int, symmetric: bool) -> None:
    nodes = bent_chains(latent)
    steps = nodes.shape[1] - 1
    here = priced(metric, nodes, symmetric)
    u, step = nodes.diff(dim=1), 1e-6
    G = metric(nodes.flatten(0, 1)).view(*nodes.shape, latent)
    G = (G[:, 1:] + G[:, :-1]) / 2 if symmetric else G[:, :-1]
    torch.testing.assert_close(here.value, steps * torch.einsum("psi,psij,psj->p", u, G, u))
    torch.testing.assert_close(here.by_step, 2 * (G @ u.unsqueeze(3)).squeeze(3))
    # a step that moves all later nodes along, the end too: control takes the metric there for fixed
    for k, h in enumerate(step * torch.eye(latent, dtype=nodes.dtype)):
        end, last = nodes[:, -1], u[:, -1]
        at_end = (metric.squared_speed(end + h, last) - metric.squared_speed(end - h, last)) / (4 * step)
        for s in range(1, steps):
            shift = torch.zeros_like(nodes)
            shift[:, s + 1 :] = h
            ahead, behind = (priced(metric, nodes + side * shift, symmetric).value for side in (1, -1))
            slope = (ahead - behind) / (2 * step * steps) - (at_end if symmetric else 0)
            torch.testing.assert_close(here.force[:, s, k], slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("latent", [1, 2, 5])
def test_a_step_is_the_closed_form_of_the_paper_and_the_least_of_the_frozen_prices(
    latent: int, symmetric: bool
) -> None:
    metric = lg.PullbackMetric(random_mlp(latent, 32, 3 * latent))
    nodes = bent_chains(latent)
    here = priced(metric, nodes, symmetric)
    G, u = step_metric(metric, nodes, symmetric), nodes.diff(dim=1)
    new = u + steered(G, here.force)
    # as the paper writes it
    R = torch.stack([here.by_node[:, s + 1 :].sum(1) for s in range(u.shape[1])], 1)
    inverse = torch.linalg.inv(G)
    a, b = nodes[:, 0], nodes[:, -1]
    mu = torch.linalg.solve(inverse.sum(1), 2 * (a - b) - torch.einsum("psij,psj->pi", inverse, R))
    torch.testing.assert_close(new, -torch.einsum("psij,psj->psi", inverse, mu[:, None] + R) / 2, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(new.sum(1), b - a)

    def frozen(steps: Tensor) -> Tensor:
        reached = a[:, None] + torch.cat([torch.zeros_like(steps[:, :1]), steps.cumsum(1)[:, :-1]], 1)
        return torch.einsum("psi,psij,psj->p", steps, G, steps) + (here.by_node[:, 1:] * reached[:, 1:]).sum((1, 2))

    least = frozen(new)
    for seed in range(5):
        other = draw(u.shape[0] * u.shape[1], latent, -0.1, 0.1, seed)[0].view_as(u)
        assert bool((frozen(new + other - other.mean(1, keepdim=True)) > least).all())


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("surface", [cylinder(), hyperbolic(), sphere(3)], ids=named)
def test_where_it_ends_the_energy_has_no_slope(surface: Surface, symmetric: bool) -> None:
    z0, z1 = surface.ends(3)
    line = z0[:, None] + torch.linspace(0, 1, 9, dtype=z0.dtype)[:, None] * (z1 - z0)[:, None]
    before = line.clone()
    found = georce(surface.metric, line, 1e-15, 400, symmetric=symmetric)
    assert bool(found.converged.all())
    assert torch.equal(line, before)
    assert torch.equal(found.control[:, [0, -1]], before[:, [0, -1]])
    h = 1e-5

    def slopes(nodes: Tensor) -> Tensor:
        rows = []
        for direction in torch.eye(nodes[0, 1:-1].numel(), dtype=nodes.dtype):
            shift = torch.zeros_like(nodes)
            shift[:, 1:-1] = h * direction.view_as(nodes[0, 1:-1])
            ahead, behind = (priced(surface.metric, nodes + side * shift, symmetric).value for side in (1, -1))
            rows.append((ahead - behind) / (2 * h))
        return torch.stack(rows, 1)

    assert float(slopes(found.control).abs().max()) < 1e-5 * float(slopes(line).abs().max())


def test_the_energy_falls_at_every_step() -> None:
    metric = lg.PullbackMetric(random_mlp(scale=2.5))
    z0, z1 = draw(4, 2, -2, 2)
    nodes = z0[:, None] + torch.linspace(0, 1, 17, dtype=z0.dtype)[:, None] * (z1 - z0)[:, None]
    chains = [georce(metric, nodes, 0.0, steps).control for steps in range(6)]
    energies = torch.stack([priced(metric, chain).value for chain in chains])
    assert bool((energies.diff(dim=0) <= 0).all())
    assert bool((energies[-1] < energies[0]).all())


@pytest.mark.parametrize(("latent", "reach"), [(2, 1.2), (5, 0.7)])
def test_other_solvers_agree_on_a_decoder(latent: int, reach: float) -> None:
    metric = lg.PullbackMetric(random_mlp(latent))
    z0, z1 = draw(3, latent, -reach, reach)
    found, other = lg.geodesic(metric, z0, z1, lg.Georce()), lg.geodesic(metric, z0, z1, lg.GaussNewton())
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    torch.testing.assert_close(found.length, other.length, rtol=1e-6, atol=0)
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    torch.testing.assert_close(found.curve(t), other.curve(t), rtol=0, atol=5e-3)


def test_it_is_the_same_there_and_back() -> None:
    surface = paraboloid()
    z0, z1 = surface.ends(3)
    there, back = (lg.geodesic(surface.metric, *ends, lg.Georce(tolerance=1e-9)) for ends in ((z0, z1), (z1, z0)))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    torch.testing.assert_close(there.curve(t), back.curve(1 - t), rtol=0, atol=1e-4)


def test_the_record() -> None:
    surface = paraboloid()
    z0, z1 = surface.ends(3)
    seen: list[tuple[int, float]] = []
    found = lg.geodesic(surface.metric, z0, z1, lg.Georce(), on_step=lambda step, value: seen.append((step, value)))
    for value in (found.length, found.length_error, found.max_velocity, found.residual, found.iterations):
        assert value.shape == (3,)
        assert bool(torch.isfinite(value).all())
        assert not value.requires_grad
    assert found.iterations.dtype == torch.long
    assert found.solver == "Georce(line start, 33 nodes or more)"
    assert [step for step, _ in seen] == list(range(len(seen)))
    points = found.curve(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert torch.equal(points, torch.stack([z0, z1], 1))


@pytest.mark.parametrize("metric", [lg.PullbackMetric(random_mlp(scale=2.0)), hyperbolic().metric])
def test_a_batch_is_its_pairs_one_by_one(metric: lg.Metric) -> None:
    z0, z1 = draw(5, 2, 0.5, 2)
    batch = lg.geodesic(metric, z0, z1, lg.Georce())
    for pair in range(5):
        alone = lg.geodesic(metric, z0[[pair]], z1[[pair]], lg.Georce())
        torch.testing.assert_close(alone.length, batch.length[[pair]], rtol=1e-9, atol=0)
        assert alone.outcome == [batch.outcome[pair]]
        assert int(alone.iterations) == int(batch.iterations[pair])


def test_a_start_saves_steps() -> None:
    surface = cylinder()
    z0, z1 = surface.ends(4)
    first = lg.geodesic(surface.metric, z0, z1, lg.GaussNewton())
    again = lg.geodesic(surface.metric, z0, z1, lg.Georce(), start=first.curve)
    assert "given start" in again.solver
    assert int(again.iterations.sum()) < int(lg.geodesic(surface.metric, z0, z1, lg.Georce()).iterations.sum())
    torch.testing.assert_close(again.length, surface.distance(z0, z1), rtol=1e-6, atol=0)


@pytest.mark.parametrize("decoder", [random_mlp(scale=2.5), random_mlp(3)], ids=["2-D", "3-D"])
def test_too_few_iterations_is_an_outcome(decoder: torch.nn.Sequential) -> None:
    metric = lg.PullbackMetric(decoder)
    latent = decoder[0].in_features
    assert isinstance(latent, int)
    z0, z1 = draw(3, latent, -2, 2)
    found = lg.geodesic(metric, z0, z1, lg.Georce(max_iterations=1))
    assert lg.Outcome.CONVERGED not in found.outcome
    assert bool((found.residual > 1e-6).all())
    assert bool((found.length <= lg.euclidean(metric, z0, z1).length).all())


def test_too_few_nodes_is_an_outcome() -> None:
    surface = torus()
    z0, z1 = surface.ends(8)
    found = lg.geodesic(surface.metric, z0, z1, lg.Georce(nodes=9, doublings=0, tolerance=1e-9))
    assert found.outcome.count(lg.Outcome.MAX_ITERATIONS) >= 7
    excess = found.length / surface.distance(z0, z1) - 1
    assert bool((excess <= found.residual).all())


def test_a_metric_that_is_not_finite_and_one_that_is_none() -> None:
    def holed(z: Tensor) -> Tensor:
        known = (z[:, 1] < 0.5)[:, None, None]
        return torch.where(known, torch.eye(2, dtype=z.dtype), torch.nan)

    z0 = torch.cat([row(-0.5, 0.0)] * 2)
    z1 = torch.cat([row(0.5, 0.8), row(0.5, 0.0)])
    found = lg.geodesic(lg.FunctionMetric(holed), z0, z1, lg.Georce())
    assert found.outcome == [lg.Outcome.DIVERGED, lg.Outcome.CONVERGED]
    assert float(found.length[1]) == pytest.approx(1.0)
    indefinite = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    none = lg.geodesic(lg.FunctionMetric(lambda z: indefinite.expand(len(z), 2, 2)), z0[:1], row(0.5, 0.2), lg.Georce())
    assert lg.Outcome.CONVERGED not in none.outcome


def test_a_singular_metric_is_named_and_nothing_is_nan() -> None:
    def flat_across(z: Tensor) -> Tensor:
        x = z.sum(1, keepdim=True)
        return torch.cat([x, x.sin(), x.square()], 1)

    metric = lg.PullbackMetric(flat_across, probe=draw(4, 2, -1, 1)[0])
    z0, z1 = draw(3, 2, -1, 1)
    found = lg.geodesic(metric, z0, z1, lg.Georce())
    assert found.outcome == [lg.Outcome.SINGULAR_METRIC] * 3
    assert bool(torch.isfinite(found.length).all())
    assert bool((found.residual >= 0).all())
    assert bool((found.length <= lg.euclidean(metric, z0, z1).length * (1 + 1e-6)).all())
    # the ridge is in no price
    nodes = bent_chains()
    G, v = metric(nodes[:, :-1].flatten(0, 1)), nodes.diff(dim=1).flatten(0, 1)
    exact = torch.einsum("bi,bij,bj->b", v, G, v).view(3, -1).sum(1)
    torch.testing.assert_close(priced(metric, nodes, symmetric=False).value, (nodes.shape[1] - 1) * exact)
    assert bool((torch.linalg.eigvalsh(step_metric(metric, nodes)) > 0).all())


def test_what_is_not_positive_definite_has_no_step() -> None:
    G = torch.eye(2, dtype=torch.float64).repeat(2, 3, 1, 1)
    G[1, 2, 0, 0] = -1
    force = draw(6, 2, -1, 1)[0].view(2, 3, 2)
    turn = steered(G, force)
    assert bool(torch.isfinite(turn[0]).all())
    assert bool(torch.isnan(turn[1]).all())
    torch.testing.assert_close(turn[0], (force[0].mean(0) - force[0]) / 2)
    assert isinstance(Prices(force, force, force).force, Tensor)


@pytest.mark.parametrize("start", ["auto", "graph", "line"])
def test_every_start_finds_the_sphere(start: str) -> None:
    surface = sphere()
    z0, z1 = surface.ends(2)
    grid = lg.GridMetric(surface.metric, ((-1.0, 1.0), (-1.0, 1.0)), 64)
    found = lg.geodesic(surface.metric, z0, z1, lg.Georce(start=start), grid=grid)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-6, atol=0)
    assert ("line start" if start == "line" else "graph start") in found.solver


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="no start 'straight'; found: auto, graph, line"):
        lg.Georce(start="straight")
    with pytest.raises(ValueError, match="a multiple of four and one more, at least 9; got 32"):
        lg.Georce(nodes=32)
