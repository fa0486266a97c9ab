"""The geodesic equation as a boundary value problem: its record, and the curves that it returns."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.hermite import Hermite
from surfaces import draw, hyperbolic, random_mlp, sphere


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def test_the_record() -> None:
    surface = hyperbolic()
    z0, z1 = surface.ends(3)
    z1[1] = z0[1]
    seen: list[tuple[int, float]] = []
    found = lg.geodesic(surface.metric, z0, z1, lg.BVP(), on_step=lambda step, value: seen.append((step, value)))
    for value in (found.length, found.length_error, found.max_velocity, found.residual, found.iterations):
        assert value.shape == (3,)
        assert bool(torch.isfinite(value).all())
        assert not value.requires_grad
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    assert float(found.length[1]) == 0
    assert "BVP(line start)" in found.solver
    assert [step for step, _ in seen] == [0, 1]
    assert seen[1][1] == pytest.approx(float(found.length[[0, 2]].mean()), rel=1e-6)
    assert torch.equal(found.curve(torch.tensor([0.0, 1.0]).double()), torch.stack([z0, z1], 1))


def test_a_batch_is_its_pairs_one_by_one() -> None:
    surface = hyperbolic()
    z0, z1 = surface.ends(3)
    batch = lg.geodesic(surface.metric, z0, z1, lg.BVP(nodes=9))
    # meshes of several sizes, in one curve
    for pair in range(3):
        alone = lg.geodesic(surface.metric, z0[[pair]], z1[[pair]], lg.BVP(nodes=9))
        torch.testing.assert_close(alone.length, batch.length[[pair]], rtol=1e-9, atol=0)
        t = torch.linspace(0, 1, 7, dtype=torch.float64)
        torch.testing.assert_close(alone.curve(t)[0], batch.curve(t)[pair])


def test_too_few_nodes_is_an_outcome() -> None:
    metric = lg.PullbackMetric(random_mlp())
    z0, z1 = draw(1, 2, -1.5, 1.5)
    found = lg.geodesic(metric, z0, z1, lg.BVP(nodes=9, max_nodes=12))
    assert found.outcome[0] in (lg.Outcome.MAX_ITERATIONS, lg.Outcome.LINE_IS_SHORTER)
    assert float(found.length) <= float(lg.euclidean(metric, z0, z1).length)


def test_a_metric_without_full_rank_is_named() -> None:
    flat = lg.FunctionMetric(lambda z: torch.eye(2, dtype=z.dtype) * z[:, :1, None].square() * row(1.0, 0.0))
    found = lg.geodesic(flat, row(0.5, 0.0), row(1.0, 1.0), lg.BVP(nodes=9))
    assert found.outcome == [lg.Outcome.SINGULAR_METRIC]
    assert bool(torch.isfinite(found.length).all())


@pytest.mark.parametrize("start", ["auto", "graph", "line"])
def test_starts(start: str) -> None:
    surface = sphere()
    z0, z1 = surface.ends(1)
    grid = lg.GridMetric(surface.metric, ((-1.0, 1.0), (-1.0, 1.0)), 48)
    found = lg.geodesic(surface.metric, z0, z1, lg.BVP(start=start), grid=grid)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-9, atol=0)
    assert ("line start" if start == "line" else "graph start") in found.solver


def test_bad_settings() -> None:
    z0, z1 = sphere(3).ends(1)
    with pytest.raises(ValueError, match="start='graph' needs data"):
        lg.geodesic(sphere(3).metric, z0, z1, lg.BVP(start="graph"))
    with pytest.raises(ValueError, match="no start 'straight'; found: auto, graph, line"):
        lg.BVP(start="straight")
    with pytest.raises(ValueError, match="nodes must be at least 3; got 2"):
        lg.BVP(nodes=2)


def test_hermite_curves() -> None:
    def cubic(t: Tensor) -> Tensor:
        return torch.stack([t**3 - t, 2 * t**2 + 1], -1)

    def slope(t: Tensor) -> Tensor:
        return torch.stack([3 * t**2 - 1, 4 * t], -1)

    # the second curve has one piece less, and repeats its last point
    times = torch.tensor([[0, 0.2, 0.7, 1], [0, 0.5, 1, 1]], dtype=torch.float64)
    curve = Hermite(times, cubic(times), slope(times))
    t = torch.linspace(0, 1, 21, dtype=torch.float64)
    torch.testing.assert_close(curve(t), cubic(t).expand(2, -1, -1))
    torch.testing.assert_close(curve.derivative(t), slope(t).expand(2, -1, -1))
    each = torch.stack([t, t.flip(0)])
    torch.testing.assert_close(curve(each), cubic(each))
    torch.testing.assert_close(curve.select(torch.tensor([1]))(t), curve(t)[1:])
    assert torch.equal(curve.breaks, times)
