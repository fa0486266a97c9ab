"""Medoids against all choices there are."""

from itertools import combinations

import pytest
import torch
from torch import Tensor

import latentgeo as lg


def distances(count: int, seed: int) -> Tensor:
    z = torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.cdist(z, z)


def cost(d: Tensor, medoids: Tensor) -> float:
    return float(d[:, medoids].amin(1).mean())


@pytest.mark.parametrize("clusters", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_no_choice_is_much_better_and_none_that_differs_in_one(clusters: int, seed: int) -> None:
    d = distances(14, seed)
    found = lg.k_medoids(d, clusters)
    assert found.converged
    assert found.cost == pytest.approx(cost(d, found.medoids))
    least = min(cost(d, torch.tensor(chosen)) for chosen in combinations(range(14), clusters))
    assert found.cost <= 1.05 * least
    for cluster in range(clusters):
        for point in range(14):
            other = found.medoids.clone()
            other[cluster] = point
            assert cost(d, other) >= found.cost * (1 - 1e-9)


def test_swaps_mend_a_first_choice() -> None:
    # the most central point is between both heaps, and no medoid of two
    z = torch.tensor([0.0, 1.0, 2.0, 10.0, 18.0, 19.0, 20.0], dtype=torch.float64)
    found = lg.k_medoids((z[:, None] - z).abs(), 2)
    assert found.swaps > 0
    assert found.cost == pytest.approx(13 / 7)
    first, second = found.labels[0], found.labels[-1]
    assert found.labels[[0, 1, 2]].tolist() == [first] * 3
    assert found.labels[[4, 5, 6]].tolist() == [second] * 3


def test_as_many_clusters_as_points_and_points_at_the_same_place() -> None:
    assert lg.k_medoids(distances(4, 0), 4).cost == 0
    found = lg.k_medoids(torch.zeros(3, 3), 2)
    assert len(set(found.medoids.tolist())) == 2
    assert found.labels[found.medoids].tolist() == [0, 1]


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    d = distances(4, 0)
    with pytest.raises(ValueError, match="clusters must be from 1 to the 4 points; got 5"):
        lg.k_medoids(d, 5)
    with pytest.raises(ValueError, match=r"distances must be \(points, points\)"):
        lg.k_medoids(d[:3], 2)
    with pytest.raises(ValueError, match="distances must be finite and not negative"):
        lg.k_medoids(d.index_fill(0, torch.tensor([1]), float("inf")), 2)
    with pytest.raises(ValueError, match="distances must be symmetric"):
        lg.k_medoids(d.triu(), 2)
