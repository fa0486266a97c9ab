"""Lloyd's iterations along geodesics: each point belongs to the nearest centre, each centre moves to its points' mean.

Two ways to measure. By distance fields, in two dimensions: of each centre and of six points around it, however many
the points are. By geodesics: one for each point and centre, less those that the triangle inequality makes needless.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.geodesics.geodesic import geodesic
from latentgeo.geometry.solution import Outcome
from latentgeo.progress import tell
from latentgeo.statistics.descent import Descent, Sum
from latentgeo.statistics.fields import RING, Fields, frames, newton_step, ring, slope_and_bend
from latentgeo.statistics.rays import Caster

__all__ = ["Clusters", "by_fields", "by_geodesics"]

# of a cluster's root mean squared distance: the radius of a ring
_RADIUS = 0.2
# of a step of the mesh: the least radius, by which the mesh's ripples are evened out
_RIPPLES = 1.5
# of the radius, where the middle is the least of a ring
_SMALLER = 3.0
# towards a mean, before the points are assigned anew
_STEPS = 3


@dataclass(frozen=True)
class Clusters:
    """Where the iterations have come to.

    Attributes:
        centres: (clusters, latent).
        labels: (points,), of the nearest centre.
        squared: (points,), squared distances to that.
        residual: The greatest norm of a cluster's mean logarithm, over its root mean squared distance.
        converged: Whether that is small enough, or a step of the mesh is too far everywhere.
        iterations: Assignments made.
        curves: Outcomes of geodesics to the own centre, where these were solved.
    """

    centres: Tensor
    labels: Tensor
    squared: Tensor
    residual: float
    converged: bool
    iterations: int
    curves: list[Outcome]


@torch.no_grad()
def by_fields(
    fields: Fields,
    centres: Float[Tensor, "clusters 2"],
    tolerance: float,
    most: int,
    weights: Float[Tensor, "points"] | None = None,
) -> Clusters:
    """Iterations that move each centre to where the mean squared distance of its points is less.

    That is the least of a Newton step and of the ring that tells it; where the centre itself is, the ring is made
    smaller, down to the steps of the mesh. Rings are round in the mean metric of the points: where the metric is rough,
    that at the centre says nothing of its surroundings.

    Args:
        fields: Measures.
        centres: To begin with.
        tolerance: Of the residual.
        most: Assignments, one at least.
        weights: Of the points; equal ones by default.
    """
    centres = fields.within(centres)
    weights = centres.new_ones(len(fields.points)) if weights is None else weights
    squared, G = fields.squared(centres), fields.metric(fields.points)
    trust, settled = torch.ones(len(centres), dtype=centres.dtype), torch.zeros(len(centres), dtype=torch.bool)
    iteration = 0
    while True:
        iteration += 1
        nearest, labels = squared.min(0)
        own, count = _owned(labels, len(centres), weights)
        mean_G = torch.einsum("kn,nij->kij", own, G)
        mean_G = torch.where((count == 0)[:, None, None], G.mean(0), mean_G)
        vectors, fine = frames(mean_G), fields.finest(mean_G)
        spread = (own * squared).sum(1).sqrt()
        radius = trust * torch.maximum(_RADIUS * spread, _RIPPLES * fine)
        smallest = radius <= fine
        sources, radius = ring(centres, vectors, torch.maximum(radius, fine), fields.box)
        around = fields.squared(sources[:, 1:].flatten(0, 1)).view(len(centres), RING, -1)
        values = torch.einsum("kn,ksn->ks", own, torch.cat([squared[:, None], around], 1))
        slope, bend = slope_and_bend(values / 2, radius)
        # shorter than the mesh's steps nothing is known
        off = torch.linalg.vector_norm(slope, dim=1) / torch.maximum(spread, fine)
        lost = (count == 0) & bool(nearest.amax() > 0)
        done = ((off <= tolerance) | (smallest & settled)) & ~lost
        residual = float(torch.where(lost, torch.inf, off).amax())
        tell(f"assignment {iteration}, mean squared distance {float(nearest.mean()):.4g}, residual {residual:.2g}")
        if bool(done.all()) or iteration == most:
            return Clusters(centres, labels, nearest, residual, bool(done.all()), iteration, [])
        step = (vectors @ newton_step(slope, bend, torch.maximum(spread, fine))[:, :, None]).squeeze(2)
        tried = fields.within(_refilled(centres + step, lost, nearest, fields.points))
        there = fields.squared(tried)
        values = torch.cat([values, (own * there).sum(1, keepdim=True)], 1)
        best = torch.where(lost, RING + 1, values.argmin(1))
        settled = best == 0
        trust = torch.where(settled, trust / _SMALLER, torch.where(best > RING, 2 * trust, trust)).clamp(max=1)
        row = torch.arange(len(centres))
        centres = torch.cat([sources, tried[:, None]], 1)[row, best]
        squared = torch.cat([squared[:, None], around, there[:, None]], 1)[row, best]


def _owned(labels: Tensor, clusters: int, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (clusters, points) of each cluster's points, which add up to one; and what they did before."""
    own = torch.nn.functional.one_hot(labels, clusters).T * weights
    whole = own.sum(1)
    return own / torch.where(whole > 0, whole, 1.0)[:, None], whole


def _refilled(centres: Tensor, lost: Tensor, squared: Tensor, z: Tensor) -> Tensor:
    """Centres that no point belongs to put on the points that are farthest from theirs."""
    numbers = lost.nonzero().squeeze(1)
    if not len(numbers):
        return centres
    farthest = squared.topk(min(len(numbers), len(z))).indices
    return centres.index_copy(0, numbers[: len(farthest)], z[farthest])


@torch.no_grad()
def by_geodesics(
    caster: Caster, z: Float[Tensor, "points latent"], centres: Tensor, tolerance: float, most: int
) -> Clusters:
    """Iterations that move each centre some steps towards the Frechet mean of its points.

    Args:
        caster: Measures.
        z: The points.
        centres: To begin with.
        tolerance: Of the residual.
        most: Assignments, one at least.
    """
    # distances that are known or, of the others, what they are not below
    least = torch.stack([caster.cast(centre, z).length for centre in centres])
    mine, labels = least.min(0)
    settled, residual, iteration = False, float("inf"), 0
    outcome = [Outcome.MAX_ITERATIONS] * len(z)
    while iteration < most and not settled:
        iteration += 1
        before, moved, off = labels, centres.clone(), []
        lost = torch.bincount(labels, minlength=len(centres)) == 0
        for cluster, centre in enumerate(centres):
            own = (labels == cluster).nonzero().squeeze(1)
            if not len(own):
                continue
            end = _towards_mean(caster, z[own], centre, tolerance)
            moved[cluster], mine[own] = end.rays.point, end.rays.length
            spread = float(end.rays.length.square().mean().sqrt())
            off.append((end.residual / spread if spread else 0.0, end.converged))
            for point, ended in zip(own.tolist(), end.rays.outcome, strict=True):
                outcome[point] = ended
        lost &= bool(mine.amax() > 0)
        moved = _refilled(moved, lost, mine, z)
        shift = geodesic(caster.metric, centres, moved, caster.solver, data=caster.data, grid=caster.grid).length
        # a refilled one may be anywhere
        least = (least - shift[:, None]).clamp(min=0)
        least[labels, torch.arange(len(z), device=z.device)] = mine
        for cluster, centre in enumerate(moved):
            asked = ((least[cluster] < mine) & (labels != cluster)).nonzero().squeeze(1)
            if len(asked):
                least[cluster, asked] = caster.cast(centre, z[asked]).length
        centres, labels = moved, least.argmin(0)
        mine = least.amin(0)
        residual = max(size for size, _ in off)
        settled = bool((labels == before).all()) and all(arrived for _, arrived in off) and not bool(lost.any())
        tell(
            f"assignment {iteration}, mean squared distance {float(mine.square().mean()):.4g}, residual {residual:.2g}"
        )
    return Clusters(centres, labels, mine.square(), residual, settled, iteration, outcome)


def _towards_mean(caster: Caster, z: Tensor, centre: Tensor, tolerance: float) -> Descent:
    """Some steps from a centre towards the mean of its points."""
    even = z.new_full((len(z),), 1 / len(z))
    total = Sum(caster, z, even, 2, tolerance)
    return total.descend(total.at(caster.cast(centre, z)), _STEPS)
