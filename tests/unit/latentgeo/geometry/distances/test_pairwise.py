"""Distance matrices: near closed forms, exact where asked for, and what they refuse."""

import math

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.distances import pairwise
from surfaces import ALL_2D, Surface, cylinder, draw, hyperbolic, random_mlp, sphere, sphere_by_angles, torus

FLAT = lg.FunctionMetric(lambda z: torch.eye(z.shape[1], dtype=z.dtype).expand(len(z), -1, -1))
EVERY = torch.triu_indices(20, 20, offset=1)
CLOSED_FORMS = [
    pytest.param(surface, marks=[pytest.mark.slow] if surface.name in ("paraboloid", "torus") else [])
    for surface in (*ALL_2D[:1], *ALL_2D[2:], sphere_by_angles(), torus())
]


def roomy(surface: Surface, z: torch.Tensor) -> lg.GridMetric:
    """A cache of the surface with room for geodesics to leave the box of the points."""
    low, high = z.amin(0) - 0.3, z.amax(0) + 0.3
    return lg.GridMetric(surface.metric, torch.stack([low, high], 1), 64)


@pytest.mark.parametrize("surface", CLOSED_FORMS, ids=lambda s: s.name)
def test_within_two_per_cent_of_closed_forms(surface: Surface) -> None:
    z = torch.cat(surface.ends(10))
    found = lg.distance_matrix(roomy(surface, z), z, size=97)
    true = surface.distance(z[EVERY[0]], z[EVERY[1]])
    torch.testing.assert_close(found[EVERY[0], EVERY[1]], true, rtol=0.02, atol=0)
    assert torch.equal(found, found.T)
    assert not bool(found.diagonal().any())


def test_more_points_than_sources() -> None:
    surface = sphere()
    z = torch.cat(draw(300, 2, -0.6, 0.6))
    steps: list[int] = []
    found = lg.distance_matrix(roomy(surface, z), z, size=33, on_step=lambda step, _: steps.append(step))
    # every other node of 33 a side, where there are points
    assert steps[-1] < 17 * 17
    first, second = torch.triu_indices(600, 600, offset=1)
    true = surface.distance(z[first], z[second])
    error = (found[first, second] / true - 1).abs()
    assert float(error.quantile(0.99)) < 0.02
    assert torch.equal(found, found.T)


def test_asked_for_entries_are_exact() -> None:
    surface = hyperbolic()
    z = torch.cat(surface.ends(3))
    grid = roomy(surface, z)
    rough = lg.distance_matrix(grid, z, size=33)
    asked = torch.tensor([[0, 1], [4, 2], [3, 3]])
    steps: list[int] = []
    found = lg.distance_matrix(
        grid, z, method="geodesic", pairs=asked, size=33, on_step=lambda step, _: steps.append(step)
    )
    true = surface.distance(z[asked[:, 0]], z[asked[:, 1]])
    torch.testing.assert_close(found[asked[:, 0], asked[:, 1]], true, rtol=1e-4, atol=1e-9)
    assert steps == [6, 3]
    moved = (found != rough).nonzero().tolist()
    assert sorted(moved) == [[0, 1], [1, 0], [2, 4], [4, 2]]


@pytest.mark.parametrize("latent", [2, 3])
def test_all_entries_of_few_points_are_exact(latent: int) -> None:
    surface = sphere(latent)
    z = torch.cat(surface.ends(3))
    found = lg.distance_matrix(surface.metric, z, method="geodesic", size=33)
    first, second = torch.triu_indices(6, 6, offset=1)
    torch.testing.assert_close(found[first, second], surface.distance(z[first], z[second]), rtol=1e-4, atol=0)
    assert torch.equal(found, found.T)


def test_many_geodesics_are_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairwise, "_MANY", 2)
    with pytest.warns(UserWarning, match="3 geodesics are to be solved"):
        lg.distance_matrix(FLAT, torch.rand(3, 2).double(), method="geodesic", size=9)


def test_points_that_fall_together() -> None:
    z = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.3, 0.4]], dtype=torch.float64)
    found = lg.distance_matrix(FLAT, z, size=33)
    torch.testing.assert_close(found, torch.cdist(z, z), rtol=0.01, atol=1e-9)


def test_float32_stays() -> None:
    z = torch.rand(5, 2)
    found = lg.distance_matrix(lg.GridMetric(sphere().metric, ((-1.0, 2.0), (-1.0, 2.0)), 32), z, size=33)
    assert found.dtype == torch.float32


def test_progress_along_neighbours() -> None:
    seen: list[tuple[int, float]] = []
    lg.distance_matrix(FLAT, torch.cat(draw(6, 3, -1, 1)), on_step=lambda step, value: seen.append((step, value)))
    assert [step for step, _ in seen] == [12]
    assert math.isfinite(seen[0][1])


def test_refusals() -> None:
    z = torch.rand(4, 2).double()
    pairs = torch.tensor([[0, 1]])
    with pytest.raises(ValueError, match="pairs are the entries that method='geodesic' solves"):
        lg.distance_matrix(FLAT, z, pairs=pairs)
    with pytest.raises(ValueError, match="numbers of points, from 0 to 3; got 1 to 4"):
        lg.distance_matrix(FLAT, z, method="geodesic", pairs=pairs + torch.tensor([1, 3]))
    with pytest.raises(ValueError, match=r"z must be finite; point 2 is \[nan"):
        lg.distance_matrix(FLAT, z.index_fill(0, torch.tensor([2]), float("nan")))
    grid = lg.GridMetric(cylinder().metric, ((0.0, 1.0), (0.0, 1.0)), 9)
    with pytest.raises(ValueError, match=r"z: point 0, \[2.0, 2.0\], is outside the grid's bounds"):
        lg.distance_matrix(grid, z + 0 * z + 2 - z)


@pytest.mark.usefixtures("unchecked")
def test_refusals_of_wrong_types() -> None:
    z = torch.rand(4, 2).double()
    with pytest.raises(ValueError, match="method must be 'graph' or 'geodesic'; got 'exact'"):
        lg.distance_matrix(FLAT, z, method="exact")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"pairs must be integers of shape \(pairs, 2\); got torch.float32"):
        lg.distance_matrix(FLAT, z, method="geodesic", pairs=torch.ones(2, 3))


def test_points_that_are_close_are_joined_by_arcs() -> None:
    surface = hyperbolic()
    left = torch.tensor([[-0.9, 0.9], [-0.5, 0.8], [0.1, 0.9], [0.2, 1.1]], dtype=torch.float64)
    z = torch.cat([left, left + torch.tensor([0.75, 0.0], dtype=torch.float64)])
    grid = lg.GridMetric(surface.metric, ((-1.5, 1.5), (0.5, 3.5)), 129)
    close, true = lg.distance_matrix(grid, z, size=21)[range(4), range(4, 8)], surface.distance(left, z[4:])
    straight = lg.euclidean(surface.metric, left, z[4:]).length
    assert float((straight / true - 1).min()) > 0.015
    torch.testing.assert_close(close, true, rtol=2e-3, atol=0)


def test_in_many_dimensions_no_distance_of_few_points_is_longer_than_the_line() -> None:
    metric = lg.PullbackMetric(random_mlp(8, 16, 20, scale=0.5))
    z = draw(20, 8, -1, 1)[0]
    among = draw(200, 8, -1, 1, seed=3)[0]
    first, second = torch.combinations(torch.arange(20)).unbind(1)
    line = lg.euclidean(metric, z[first], z[second]).length
    for data in (None, among):
        found = lg.distance_matrix(metric, z, data=data, neighbours=4)
        assert torch.equal(found, found.T)
        assert bool((found[first, second] <= 1.002 * line).all())
        geodesic = lg.geodesic(metric, z[:1], z[1:2]).length
        assert float(found[0, 1]) >= 0.998 * float(geodesic)
