"""Curves of the cover cut where they cross a seam of a periodic coordinate, so that plots draw no line across."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.face import as_tensor
from latentgeo.geometry.periods import beginnings, checked_periods

__all__ = ["cut_at_seams"]


@torch.no_grad()
def cut_at_seams(
    points: Float[Tensor, "nodes latent"], periods: Sequence[float | None] | None, low: Sequence[float] | None = None
) -> Float[Tensor, "more latent"]:
    """Points of one curve within one period, cut at the seams by rows of NaN: plotting libraries lift the pen there.

    The curve is met at both sides of a seam: its straight segments are divided where they cross.

    Args:
        points: Successive points in the cover, e.g. `solution.curve(t)[pair]`.
        periods: Of the latent coordinates, e.g. `metric.periods`; without any, points are returned as they are.
        low: Where the period of each coordinate begins, 0 by default.

    Raises:
        ValueError: Not as many periods, or beginnings, as latent coordinates.
    """
    points, found = as_tensor(points), checked_periods(periods)
    if found is None or len(points) < 2:
        return points
    if len(found) != points.shape[1]:
        raise ValueError(f"periods must be one for each of {points.shape[1]} latent coordinates; got {found}")
    first = beginnings(low, points)
    nodes = torch.arange(len(points), dtype=points.dtype, device=points.device)
    at = [nodes]
    for axis, period in enumerate(found):
        if period is not None:
            at.append(_crossings((points[:, axis] - first[axis]) / period))
    at = torch.cat(at).unique()
    segment = at.floor().long().clamp(max=len(points) - 2)
    there = torch.lerp(points[segment], points[segment + 1], (at - segment).unsqueeze(1))
    length = points.new_tensor([period or 1.0 for period in found])
    periodic = torch.tensor([period is not None for period in found], device=points.device)
    middle = (there[:-1] + there[1:]) / 2
    shift = ((middle - first) / length).floor() * periodic * length
    cut = points.new_full((1, points.shape[1]), float("nan"))
    rows = [there[:1] - shift[:1]]
    for k in range(len(shift)):
        if k and not torch.equal(shift[k], shift[k - 1]):
            rows += [cut, there[k : k + 1] - shift[k]]
        rows.append(there[k + 1 : k + 2] - shift[k])
    return torch.cat(rows)


def _crossings(phase: Float[Tensor, "nodes"]) -> Tensor:
    """Places along the nodes, in segments, where the phase passes a whole number between them."""
    places = []
    for k, (a, b) in enumerate(zip(phase.tolist(), phase[1:].tolist(), strict=False)):
        low, high = min(a, b), max(a, b)
        places += [k + (whole - a) / (b - a) for whole in range(int(-(-low // 1)), int(high // 1) + 1) if a != b]
    return phase.new_tensor(places)
