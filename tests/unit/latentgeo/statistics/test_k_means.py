"""Geodesic k-means: what it accepts, returns and refuses."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from periodic_surfaces import TAU, flat
from surfaces import affine, sphere

HEAPS = torch.tensor([[-0.5, 0.0], [0.5, 0.3], [0.1, -0.6]], dtype=torch.float64)


def heaps(centres: Tensor, each: int, spread: float = 0.08, seed: int = 0) -> Tensor:
    """Points around centres, those of one after those of another."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(centres), each, centres.shape[1], generator=generator, dtype=torch.float64)
    return (centres[:, None] + spread * noise).flatten(0, 1)


def drawing(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("method", ["field", "geodesic"])
def test_a_record_is_of_the_points(method) -> None:
    z = heaps(HEAPS, 12)
    found = lg.k_means(sphere().metric, z, 3, generator=drawing(), method=method, size=65)
    assert found.outcome is lg.Outcome.UNCERTIFIED
    assert [found.labels[12 * k : 12 * k + 12].unique().numel() for k in range(3)] == [1, 1, 1]
    assert found.labels.unique().numel() == 3
    own = found.centres[found.labels]
    torch.testing.assert_close(found.distances, sphere().distance(own, z), rtol=0, atol=0.01)
    assert float(found.objective) == pytest.approx(float(found.distances.square().mean()))
    assert float(found.residual) <= 2e-3
    assert "centres: 3 x 2" in repr(found)
    assert (found.error < 0.03) if method == "field" else (found.error != found.error)


def test_the_same_generator_draws_the_same_and_a_start_draws_nothing() -> None:
    metric, z = affine(2).metric, heaps(HEAPS, 10)
    first, second = (lg.k_means(metric, z, 3, generator=drawing(4), size=33) for _ in range(2))
    assert torch.equal(first.centres, second.centres)
    third = lg.k_means(metric, z, 3, start=HEAPS, size=33)
    # in the start's order
    assert torch.equal(third.labels, torch.arange(3).repeat_interleave(10))


def test_of_several_starts_the_best_is_kept() -> None:
    # four heaps at the corners of an oblong: it may be halved the wrong way
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]], dtype=torch.float64)
    surface, z = flat((None, None)), heaps(corners, 5, 0.02)
    wrong = lg.k_means(surface.metric, z, 2, start=[[1.0, 0.0], [1.0, 1.0]], size=33)
    assert float(wrong.objective) == pytest.approx(1.0, rel=0.05)
    right = lg.k_means(surface.metric, z, 2, generator=drawing(), starts=4, size=33)
    assert float(right.objective) == pytest.approx(0.25, rel=0.05)


def test_across_a_seam() -> None:
    z = heaps(torch.tensor([[0.0, 0.0], [3.0, 0.5]], dtype=torch.float64), 15)
    z[:, 0] %= TAU
    found = lg.k_means(flat((TAU, None)).metric, z, 2, generator=drawing(), size=65)
    assert found.labels[:15].unique().numel() == 1
    assert found.labels[15:].unique().numel() == 1
    centre = found.centres[found.labels[0]]
    assert min(float(centre[0]), TAU - float(centre[0])) < 0.05


def test_a_centre_that_no_point_is_near_to_goes_to_the_farthest() -> None:
    z = heaps(HEAPS, 8)
    far = torch.tensor([[-0.5, 0.0], [0.3, -0.2], [0.62, 0.98]], dtype=torch.float64)
    metric = affine(2).metric
    grid = lg.GridMetric(metric, ((-1.0, 1.0), (-1.0, 1.0)), 9)
    for method in ("field", "geodesic"):
        found = lg.k_means(metric, z, 3, start=far, grid=grid, method=method, size=33)
        assert found.labels.bincount(minlength=3).tolist() == [8, 8, 8]


def test_points_at_the_same_place_and_as_many_clusters_as_points() -> None:
    z = HEAPS.repeat_interleave(2, 0)
    found = lg.k_means(affine(2).metric, z, 4, generator=drawing(), size=33)
    assert found.outcome is lg.Outcome.UNCERTIFIED
    assert float(found.distances.amax()) < 0.1
    alone = lg.k_means(affine(3).metric, torch.eye(3, dtype=torch.float64), 3, generator=drawing())
    assert float(alone.objective) == 0
    assert alone.outcome is lg.Outcome.CONVERGED


def test_arrays_and_float32() -> None:
    z = heaps(HEAPS, 6).float()
    metric = lg.PullbackMetric(torch.nn.Linear(2, 12).requires_grad_(False))
    found = lg.k_means(metric, z, 3, generator=drawing(), size=33)
    assert found.centres.dtype == found.distances.dtype == found.objective.dtype == torch.float32
    assert found.labels.dtype == torch.int64
    listed = lg.k_means(metric, z.tolist(), 3, generator=drawing(), size=33)
    torch.testing.assert_close(listed.centres.float(), found.centres)


def test_latent_units_of_unlike_size_change_nothing() -> None:
    z = heaps(HEAPS, 12)
    unit = torch.tensor([1.0, 1024.0], dtype=torch.float64)
    metric = lg.FunctionMetric(lambda y: sphere().metric(y / unit) / torch.outer(unit, unit))
    here = lg.k_means(sphere().metric, z, 3, start=HEAPS, size=65)
    there = lg.k_means(metric, z * unit, 3, start=HEAPS * unit, size=65)
    assert torch.equal(here.labels, there.labels)
    torch.testing.assert_close(there.centres / unit, here.centres, rtol=0, atol=2e-3)


def test_too_few_assignments_are_told() -> None:
    z = heaps(HEAPS, 12)
    found = lg.k_means(affine(2).metric, z, 3, start=z[:3], max_iterations=1, size=33)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS
    assert found.iterations == 1
    with pytest.raises(lg.GeodesicError, match="the clusters did not converge: max_iterations"):
        lg.k_means(affine(2).metric, z, 3, start=z[:3], max_iterations=1, size=33, throw=True)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric, z = affine(2).metric, heaps(HEAPS, 2)
    with pytest.raises(ValueError, match="clusters must be from 1 to the 6 points; got 7"):
        lg.k_means(metric, z, 7, generator=drawing())
    with pytest.raises(ValueError, match="generator must be given"):
        lg.k_means(metric, z, 3)
    with pytest.raises(ValueError, match=r"start must be finite, \(3, 2\); got \(2, 2\)"):
        lg.k_means(metric, z, 3, start=z[:2])
    with pytest.raises(ValueError, match="start must be within the cache's bounds"):
        lg.k_means(metric, z, 1, start=z[:1] + 100)
    with pytest.raises(ValueError, match="method must be 'field' or 'geodesic'; got 'fields'"):
        lg.k_means(metric, z, 3, generator=drawing(), method="fields")
    with pytest.raises(ValueError, match="method 'field' is for two latent dimensions; z has 3"):
        lg.k_means(affine(3).metric, torch.zeros(4, 3).double(), 3, generator=drawing(), method="field")
    with pytest.raises(ValueError, match="starts and max_iterations must be 1 or more; got 0 and 100"):
        lg.k_means(metric, z, 3, generator=drawing(), starts=0)
    with pytest.raises(ValueError, match="z must be finite; point 1"):
        lg.k_means(metric, z.index_fill(0, torch.tensor([1]), float("nan")), 3, generator=drawing())
    grid = lg.GridMetric(metric, ((-0.1, 0.1), (-0.1, 0.1)), 9)
    with pytest.raises(ValueError, match=r"z: point \d, .* is outside the grid's bounds"):
        lg.k_means(metric, z, 3, generator=drawing(), grid=grid)


def test_a_centre_at_the_border_of_the_cache_moves_inwards() -> None:
    metric, z = affine(2).metric, heaps(HEAPS[:1], 20)
    (left, down), (right, up) = z.amin(0).tolist(), z.amax(0).tolist()
    grid = lg.GridMetric(metric, ((left, right), (down, up)), 9)
    found = lg.k_means(metric, z, 1, start=[[left, down]], grid=grid, size=65)
    torch.testing.assert_close(found.centres[0], z.mean(0), rtol=0, atol=5e-3)
