"""How far distances agree when the same model is trained again."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.described import Described
from latentgeo.geometry.face import takes_arrays

__all__ = ["Variation", "coefficient_of_variation"]

_RESAMPLES = 2000
# in numbers that are drawn together
_NUMBERS_AT_ONCE = 1 << 20


@dataclass(frozen=True, repr=False)
class Variation(Described):
    """Coefficients of variation of distances over retrainings.

    Attributes:
        per_pair: (pairs,), standard deviation over mean.
        mean: Over the pairs.
        mean_interval: Its lower and upper end, by the bootstrap over pairs.
        median: Over the pairs.
        median_interval: As for the mean.
    """

    per_pair: Tensor
    mean: float
    mean_interval: tuple[float, float]
    median: float
    median_interval: tuple[float, float]


@takes_arrays
@torch.no_grad()
def coefficient_of_variation(
    distances: Float[Tensor, "retrainings pairs"],
    *,
    without_scale: bool = False,
    level: float = 0.95,
    resamples: int = _RESAMPLES,
    generator: torch.Generator,
) -> Variation:
    """How much the distance of a pair of observations varies over models that were trained alike.

    Syrota et al. 2024: a distance that means something should not change when the same model is trained again. For
    each pair the standard deviation over the retrainings (one less in its divisor) is divided by the mean. Their mean
    and median over the pairs come with percentile bootstrap intervals: pairs are drawn with replacement, the
    retrainings are kept.

    Args:
        distances: Of the same pairs in every retraining, in the same order; positive.
        without_scale: Whether to divide the distances of each retraining by their mean first: a unit that differs
            between models then counts as no variation.
        level: Of the intervals, between 0 and 1.
        resamples: How many times pairs are drawn.
        generator: On the CPU; draws the pairs.

    Warning:
        The intervals say how the answer depends on which pairs were measured, not on which models: with few
        retrainings a coefficient is itself uncertain (by a quarter with ten), and somewhat too small on average. Pairs
        that share an end point are not independent, so that the intervals then are too narrow.

    Raises:
        ValueError: Fewer than two retrainings or no pairs, distances that are not finite and positive, a level not
            between 0 and 1, or no resamples.
    """
    _check(distances, level, resamples)
    d = distances.detach().double()
    if without_scale:
        d = d / d.mean(1, keepdim=True)
    found = d.std(0, correction=1) / d.mean(0)
    means, medians = _resampled(found.cpu(), resamples, generator)
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    (low, high), (lower, upper) = (torch.quantile(middles, ends).tolist() for middles in (means, medians))
    middle = float(_median(found[None]))
    return Variation(found.to(distances), float(found.mean()), (low, high), middle, (lower, upper))


def _resampled(
    values: Float[Tensor, "pairs"], resamples: int, generator: torch.Generator
) -> tuple[Float[Tensor, "resamples"], Float[Tensor, "resamples"]]:
    """Mean and median of values drawn with replacement, as many as there are."""
    at_once = max(1, _NUMBERS_AT_ONCE // len(values))
    means, medians = [], []
    for begun in range(0, resamples, at_once):
        rows = min(at_once, resamples - begun)
        drawn = values[torch.randint(len(values), (rows, len(values)), generator=generator)]
        means.append(drawn.mean(1))
        medians.append(_median(drawn))
    return torch.cat(means), torch.cat(medians)


def _median(rows: Float[Tensor, "some pairs"]) -> Float[Tensor, "some"]:
    """The middle value of each row, or the mean of the middle two."""
    pairs = rows.shape[1]
    return rows.sort(1).values[:, [(pairs - 1) // 2, pairs // 2]].mean(1)


def _check(distances: Tensor, level: float, resamples: int) -> None:
    if distances.ndim != 2 or distances.shape[0] < 2 or not distances.shape[1]:
        raise ValueError(
            f"distances must be (retrainings, pairs), two retrainings and one pair at least; got "
            f"{tuple(distances.shape)}"
        )
    if not distances.dtype.is_floating_point:
        raise ValueError(f"distances must be floating point; got {distances.dtype}")
    if not bool((torch.isfinite(distances) & (distances > 0)).all()):
        raise ValueError(
            "distances must be finite and positive: of a pair of equal points, or of one that a graph does not "
            "connect, nothing can be said; leave such pairs out"
        )
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1; got {level}")
    if resamples < 1:
        raise ValueError(f"resamples must be one or more; got {resamples}")
