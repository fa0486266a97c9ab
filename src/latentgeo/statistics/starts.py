"""Where a descent begins: at the points whose distances to the others, along a graph, add up to least."""

import torch
from torch import Tensor

from latentgeo.geometry.distances.pairwise import distance_matrix
from latentgeo.statistics.rays import Caster

__all__ = ["SAMPLE", "sampled", "valleys"]

SAMPLE = 128
"""Of more points than so many some tell about where to begin."""

# nodes of the graph along each axis, in two dimensions
_SIZE = 97
# a valley's floor is the lowest among so many of the nearest, or this share of all
_AROUND, _SHARE = 8, 1 / 8


def sampled(count: int, weights: Tensor) -> Tensor:
    """Numbers of at most `SAMPLE` points of positive weight, evenly among all in their order."""
    alive = (weights > 0).nonzero().squeeze(1)
    if len(alive) <= SAMPLE:
        return alive
    return alive[torch.linspace(0, len(alive) - 1, SAMPLE, device=alive.device).round().long()]


def valleys(caster: Caster, z: Tensor, weights: Tensor, power: int, most: int) -> Tensor:
    """Points at which the sum of w d^power is lower than at those around, the lowest first, at most so many.

    Args:
        caster: Whose metric it is.
        z: (points, latent).
        weights: (points,).
        power: Of the distances.
        most: How many.

    Returns:
        (starts, latent), at least one.
    """
    if len(z) < 2:
        return z
    d = distance_matrix(caster.metric, z, grid=caster.grid, size=_SIZE)
    connected = torch.isfinite(d)
    # what the graph does not connect is far
    d = torch.where(connected, d, 2 * torch.where(connected, d, 0.0).amax())
    total = d**power @ weights
    around = min(len(z), 1 + max(_AROUND, round(_SHARE * len(z))))
    nearest = d.topk(around, largest=False).indices
    floors = (total[:, None] <= total[nearest]).all(1).nonzero().squeeze(1)
    return z[floors[total[floors].argsort()][:most]]
