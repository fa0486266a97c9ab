"""Where clusters begin: at points that are far from each other, by any distances (k-means++)."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Integer
from torch import Tensor

__all__ = ["seeds"]


def seeds(
    count: int,
    clusters: int,
    squared: Callable[[Integer[Tensor, "some"]], Float[Tensor, "some points"]],
    generator: torch.Generator,
    *,
    trials: int | None = None,
) -> Integer[Tensor, "clusters"]:
    """Numbers of points, each drawn in proportion to its squared distance to those before it.

    Arthur and Vassilvitskii 2007; of several that are drawn the one is taken that lessens the sum most.

    Args:
        count: How many points there are.
        clusters: How many to choose.
        squared: Numbers of some points to their squared distances to all.
        generator: What draws; on the CPU.
        trials: To draw for every choice; 2 and the logarithm of the clusters by default, as scikit-learn does.
    """
    trials = 2 + int(math.log(clusters)) if trials is None else trials
    chosen = torch.randint(count, (1,), generator=generator)
    nearest = squared(chosen)[0]
    while len(chosen) < clusters:
        weights = nearest.double().cpu().clone()
        if not bool(weights.sum() > 0):
            # all points are where one of the chosen is
            weights = torch.ones(count, dtype=torch.float64)
        # none twice: on a mesh a point has some distance from itself
        weights[chosen] = 0
        drawn = torch.multinomial(weights, min(trials, int((weights > 0).sum())), generator=generator)
        tried = torch.minimum(squared(drawn), nearest)
        best = int(tried.sum(1).argmin())
        nearest = tried[best]
        chosen = torch.cat([chosen, drawn[best : best + 1]])
    return chosen
