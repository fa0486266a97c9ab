"""Clusters around medoids, by distances alone."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays

__all__ = ["Medoids", "k_medoids"]

# a swap has to lessen the cost by more than this share: rounding
_LESS = 1e-9


@dataclass(frozen=True, repr=False)
class Medoids(Described):
    """Clusters of points.

    Attributes:
        medoids: (clusters,), numbers of the points that the clusters are around.
        labels: (points,), the cluster of each point, that of the nearest medoid.
        cost: The mean distance from a point to its medoid.
        swaps: Medoids exchanged after the first choice.
        converged: Whether no exchange of one medoid makes the cost less.
    """

    medoids: Tensor
    labels: Tensor
    cost: float
    swaps: int
    converged: bool


@takes_arrays
@torch.no_grad()
def k_medoids(distances: Float[Tensor, "points points"], clusters: int, *, max_swaps: int = 1000) -> Medoids:
    """Clusters around points, their medoids, with the least mean distance to these: PAM (Kaufman and Rousseeuw 1990).

    Medoids are chosen one after the other, each the point that lessens the cost most; then the best exchange of one
    medoid for another point is made, as long as one helps, all being weighed at once (FastPAM1, Schubert and Rousseeuw
    2019). Nothing is drawn at random. Of 1000 points a swap takes some hundredths of a second.

    Args:
        distances: Of `distance_matrix`, say; symmetric.
        clusters: How many.
        max_swaps: At most.

    Warning:
        What is found is as good as any that differs from it in one medoid; others may be better.

    Raises:
        ValueError: Distances that are not square, symmetric, finite and non-negative, or clusters that are not from 1
            to the number of points.
    """
    _check(distances, clusters)
    chosen = distances.sum(1).argmin()[None]
    for _ in range(clusters - 1):
        nearest = distances[:, chosen].amin(1)
        saved = (nearest[:, None] - distances).clamp(min=0).sum(0)
        # points that are at the same place save nothing, and are chosen all the same
        chosen = torch.cat([chosen, saved.index_fill(0, chosen, -1.0).argmax()[None]])
    swaps, converged = 0, False
    while not converged and swaps < max_swaps:
        change = _changes(distances, chosen)
        best = int(change.argmin())
        point, cluster = divmod(best, clusters)
        cost = distances[:, chosen].amin(1).sum()
        converged = bool(change[point, cluster] >= -_LESS * cost)
        if not converged:
            chosen = chosen.index_fill(0, torch.tensor([cluster], device=chosen.device), point)
            swaps += 1
    nearest, labels = distances[:, chosen].min(1)
    # a medoid is in its own cluster, also where another point is at the same place
    labels = labels.index_copy(0, chosen, torch.arange(clusters, device=chosen.device))
    return Medoids(chosen, labels, float(nearest.mean()), swaps, converged)


def _changes(distances: Tensor, chosen: Tensor) -> Float[Tensor, "points clusters"]:
    """By how much each point in place of each medoid changes the sum of distances."""
    to_medoids = distances[:, chosen]
    if len(chosen) == 1:
        return (distances.sum(0) - to_medoids.sum())[:, None]
    two = to_medoids.topk(2, largest=False)
    first, second = two.values.unbind(1)
    with_first = torch.minimum(distances, first[:, None])
    with_second = torch.minimum(distances, second[:, None])
    own = torch.nn.functional.one_hot(two.indices[:, 0], len(chosen)).to(distances)
    # who had the medoid that goes, goes to the new one or to the second nearest
    return (with_first - first[:, None]).sum(0)[:, None] + (with_second - with_first).T @ own


def _check(distances: Tensor, clusters: int) -> None:
    if distances.ndim != 2 or distances.shape[0] != distances.shape[1] or not len(distances):
        raise ValueError(f"distances must be (points, points), one point at least; got {tuple(distances.shape)}")
    if not bool(torch.isfinite(distances).all() & (distances >= 0).all()):
        raise ValueError(
            "distances must be finite and not negative; infinite ones are between points that a graph does not "
            "connect: give distance_matrix more neighbours or more data"
        )
    if not torch.allclose(distances, distances.T, rtol=1e-3):
        raise ValueError("distances must be symmetric; give those of distance_matrix")
    if not 1 <= clusters <= len(distances):
        raise ValueError(f"clusters must be from 1 to the {len(distances)} points; got {clusters}")
