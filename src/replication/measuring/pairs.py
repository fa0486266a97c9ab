"""Pairs of test encodings: how they are drawn, how far apart their poses are, and which of them figures show."""

import numpy as np
import torch
from torch import Tensor

from replication.models.latent_space import LatentSpace

__all__ = ["angles_between", "apart", "distances_between", "draw_pairs", "far", "shown_first"]

SHOWN = 2 / 3
FAR = 1 / 2


def draw_pairs(
    space: LatentSpace, pairs: int, generator: torch.Generator, drawn: str = "uniform", measured: int = 0
) -> Tensor:
    """Index pairs (pairs, 2) of distinct test encodings, without a choice by hand; the first is the one shown.

    Args:
        space: The trained model.
        pairs: How many.
        generator: Draws them.
        drawn: `uniform`, or `opposite`: the second is the one that lies nearest to half a turn about the mean of all
            encodings away from the first.
        measured: How many of them, the first, the paper's solver measures too; see `shown_first`.
    """
    n = len(space.encodings)
    first = torch.randint(n, (pairs,), generator=generator)
    if drawn == "opposite":
        offset = space.encodings - space.encodings.mean(0)
        angle = torch.atan2(offset[:, 1], offset[:, 0]).cpu()
        second = (angle[first][:, None] - angle).cos().argmin(dim=1)
    else:
        second = torch.randint(n - 1, (pairs,), generator=generator)
        second = second + (second >= first)
    chosen = torch.stack([first, second], dim=1)
    return chosen[torch.from_numpy(shown_first(apart(space, chosen), measured))]


def shown_first(distance: np.ndarray, measured: int = 0) -> np.ndarray:
    """The order in which the pair that figures show comes first, and the others as they were drawn, (pairs,).

    It is, of those that both solvers measure, the one whose distance is nearest to two thirds of the largest of theirs:
    far enough apart for its paths to differ, and no extreme. The first of two that are as near.

    Args:
        distance: Of each pair as drawn, (pairs,).
        measured: How many of them, the first, the paper's solver measures too; 0: none, and all are ours alone.
    """
    both = distance[: measured or len(distance)]
    shown = int(np.abs(both - SHOWN * both.max()).argmin())
    return np.array([shown, *(pair for pair in range(len(distance)) if pair != shown)])


def far(space: LatentSpace, pairs: Tensor) -> np.ndarray:
    """1 for pairs that are over half as far apart as the farthest of them, else 0, (pairs,).

    Near ones follow the data whatever the path.

    Args:
        space: The trained model.
        pairs: All that were drawn, (pairs, 2).
    """
    distance = apart(space, pairs)
    return (distance > FAR * distance.max()).astype(int)


def apart(space: LatentSpace, pairs: Tensor) -> np.ndarray:
    """True distance of each pair (`distances_between`), the latent one where the data have none, (pairs,)."""
    if "angle" in space.parameter:
        return distances_between(space, pairs)
    ends = space.encodings[pairs]
    return (ends[:, 0] - ends[:, 1]).norm(dim=1).cpu().numpy()


def angles_between(space: LatentSpace, pairs: Tensor) -> np.ndarray:
    """Angle between the two poses of each pair in [0, pi] radians, (pairs,); NaN where the data have no angle."""
    if "angle" not in space.parameter:
        return np.full(len(pairs), np.nan)
    ends = space.parameter["angle"][pairs.numpy()]
    return np.abs((ends[:, 1] - ends[:, 0] + np.pi) % (2 * np.pi) - np.pi)


def distances_between(space: LatentSpace, pairs: Tensor) -> np.ndarray:
    """Length of the noise-free observations' curve between the two poses of each pair, the shorter way, (pairs,).

    In observation units. Proportional to the angle for the pendulum, whose image changes at the same rate at every
    angle; not for the arm, whose joints turn faster in some parts of the circle. NaN where the data have no angle.
    """
    if "angle" not in space.parameter:
        return np.full(len(pairs), np.nan)
    ring, angle = space.data["ring"], space.data["ring_angle"]
    steps = np.linalg.norm(np.diff(np.vstack([ring, ring[:1]]), axis=0), axis=1)
    travelled = np.append(0.0, np.cumsum(steps))
    at = np.interp(space.parameter["angle"][pairs.numpy()], np.append(angle, angle[0] + 2 * np.pi), travelled)
    one_way = np.abs(at[:, 1] - at[:, 0])
    return np.minimum(one_way, travelled[-1] - one_way)
