"""Periodic latent coordinates: which they are, what is claimed of them, and the images of a point.

An angle that comes back to where it began makes a latent space a cylinder or a torus. A point then has images, one
period of a coordinate apart, and all mean the same. Curves live in the universal cover: they run on continuously, past
any period, and end at an image of their end point. `wrap` takes points back into one period.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer
from scipy.spatial import KDTree
from torch import Tensor

from latentgeo.geometry.face import as_tensor
from latentgeo.geometry.transforms import untransformed

__all__ = [
    "Periods",
    "beginnings",
    "check_periodic",
    "checked_periods",
    "images",
    "nearest_image",
    "neighbour_tree",
    "neighbours_of",
    "on_circles",
    "turns_between",
    "unrolled",
    "wrap",
]

Periods = tuple[float | None, ...]
"""The period of each latent coordinate in latent units, None for those that have none."""

_PROBES = 8
# rounding errors by which an image of a point may differ from the point itself
_ULPS = 8
# periodic coordinates along which the other way round is an image to try: 2^3 images
_WAYS = 3


def checked_periods(periods: Sequence[float | None] | None) -> Periods | None:
    """The periods as plain numbers; None if no coordinate has one.

    Raises:
        ValueError: They are no sequence of positive finite numbers and None.
    """
    if periods is None:
        return None
    try:
        found = tuple(None if period is None else float(period) for period in periods)
    except (TypeError, ValueError, RuntimeError):
        found = (-1.0,)
    if any(period is not None and not 0 < period < math.inf for period in found):
        raise ValueError(
            f"periods must be one positive number or None for each latent coordinate, e.g. (2 * math.pi, None); "
            f"got {str(periods)[:200]}"
        )
    return found if any(period is not None for period in found) else None


@torch.no_grad()
def check_periodic(
    what: str,
    function: Callable[[Tensor], Tensor],
    z: Float[Tensor, "batch latent"],
    periods: Periods | None,
    error: type[ValueError] = ValueError,
    advice: str = "",
) -> None:
    """Compare a function at a few points with its values one period on.

    Args:
        what: The function's name in the message.
        function: Each point on its own, (batch, latent) -> (batch, ...).
        z: Points of its domain, at least one; the first few are taken, and as many at random phases.
        periods: What is claimed, if anything.
        error: What to raise where the values differ by more than rounding.
        advice: What else to do about it.

    Raises:
        ValueError: There are not as many periods as latent coordinates.
    """
    if periods is None:
        return
    with untransformed(z[:_PROBES]) as points:
        _compare(what, function, points, periods, error, advice)


def _compare(
    what: str,
    function: Callable[[Tensor], Tensor],
    points: Tensor,
    periods: Periods,
    error: type[ValueError],
    advice: str,
) -> None:
    length, periodic = _each(periods, points)
    generator = torch.Generator().manual_seed(0)
    phases = torch.rand(points.shape, generator=generator, dtype=torch.float64).to(points) * length
    points = torch.cat([points, torch.where(periodic, phases, points)])
    here = function(points).reshape(len(points), -1)
    for axis in periodic.nonzero().flatten().tolist():
        step = torch.zeros_like(length)
        step[axis] = length[axis]
        there = function(points + step).reshape(len(points), -1)
        scale = float(torch.cat([here, there]).nan_to_num(0.0, 0.0, 0.0).abs().max())
        # what is finite at neither is no difference
        change = torch.where(torch.isfinite(here) | torch.isfinite(there), (there - here).abs(), 0.0)
        change = change.nan_to_num(math.inf).amax(1)
        worst = int(change.argmax())
        if float(change[worst]) > torch.finfo(here.dtype).eps ** 0.5 * scale:
            raise error(
                f"{what} is not periodic: it changes by {float(change[worst]) / scale:.2g} of its size from "
                f"{points[worst].tolist()} to one period, {float(length[axis]):g}, further along latent coordinate "
                f"{axis}; give the true period, or None for a coordinate that has none{advice}"
            )


def wrap(
    z: Float[Tensor, "*points latent"], periods: Sequence[float | None] | None, low: Sequence[float] | None = None
) -> Float[Tensor, "*points latent"]:
    """The image of each point within one period of the periodic coordinates; the other coordinates stay.

    Args:
        z: Latent points, e.g. those of a curve.
        periods: Of the latent coordinates, e.g. `metric.periods`; without any, points are returned as they are.
        low: Where the period of each coordinate begins, 0 by default: an image lies in [low, low + period).

    Raises:
        ValueError: Not as many periods, or beginnings, as latent coordinates.
    """
    z, found = as_tensor(z), checked_periods(periods)
    if found is None:
        return z
    length, periodic = _each(found, z)
    first = beginnings(low, z)
    image = z - (((z - first) / length).floor() * periodic) * length
    # just below a seam, rounding leads to just above the next
    over, under = periodic & (image >= first + length), periodic & (image < first)
    return torch.where(over | under, first.expand_as(z), image)


def nearest_image(
    z0: Float[Tensor, "*points latent"], z1: Float[Tensor, "*points latent"], periods: Periods | None
) -> Float[Tensor, "*points latent"]:
    """The image of z1 nearest to z0 in latent distance; z0 itself where it is an image of z1, but for rounding."""
    if periods is None:
        return z1
    length, _ = _each(periods, z1)
    turns = turns_between(z0, z1, periods)
    image = z1 - turns * length
    rounding = _ULPS * torch.finfo(z1.dtype).eps * torch.maximum(z0.abs(), z1.abs())
    return torch.where((turns != 0) & ((image - z0).abs() <= rounding), z0, image)


def turns_between(
    z0: Float[Tensor, "*points latent"], z1: Float[Tensor, "*points latent"], periods: Periods
) -> Float[Tensor, "*points latent"]:
    """By how many whole periods z1 is further on than its image nearest to z0; opposite if both are exchanged."""
    length, periodic = _each(periods, z1)
    return ((z1 - z0) / length).round() * periodic


def unrolled(
    points: Float[Tensor, "*curves nodes latent"], periods: Periods | None
) -> Float[Tensor, "*curves nodes latent"]:
    """Successive points of a curve in the cover: each but the first is at its image nearest to the one before."""
    if periods is None:
        return points
    length, _ = _each(periods, points)
    turns = turns_between(points[..., :-1, :], points[..., 1:, :], periods).cumsum(-2)
    return torch.cat([points[..., :1, :], points[..., 1:, :] - turns * length], -2)


def images(
    z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"], periods: Periods
) -> Float[Tensor, "images pairs latent"]:
    """The images of z1 around z0, the nearest first.

    Either way round along each periodic coordinate; of more than three, along those where it matters least which.
    """
    length, periodic = _each(periods, z1)
    near = nearest_image(z0, z1, periods)
    step = near - z0
    other = near + torch.where(step > 0, -length, length)
    # what the other way adds to the squared latent distance
    extra = torch.where(periodic, length * (length - 2 * step.abs()), math.inf)
    count = min(_WAYS, int(periodic.sum()))
    axes = extra.topk(count, dim=1, largest=False).indices
    found = []
    for number in range(2**count):
        turned = torch.zeros_like(periodic).expand_as(z1).clone()
        chosen = torch.tensor([bool(number >> k & 1) for k in range(count)], device=z1.device)
        turned.scatter_(1, axes, chosen.expand(len(z1), -1))
        found.append(torch.where(turned, other, near))
    return torch.stack(found)


def on_circles(z: Float[Tensor, "batch latent"], periods: Periods | None) -> Float[Tensor, "batch embedded"]:
    """Each periodic coordinate as a point of a circle in the plane, as long round as its period; others as they are."""
    if periods is None:
        return z
    length, periodic = _each(periods, z)
    radius = length[periodic] / (2 * math.pi)
    angle = z[:, periodic] / radius
    return torch.cat([z[:, ~periodic], radius * angle.cos(), radius * angle.sin()], 1)


def neighbours_of(
    nodes: Float[Tensor, "nodes latent"], points: Float[Tensor, "points latent"], count: int, periods: Periods | None
) -> Integer[Tensor, "points count"]:
    """Numbers of the nodes nearest to each point in latent distance, that to the nearest image."""
    found = neighbour_tree(nodes, periods).query(wrap(points.double(), periods).cpu().numpy(), k=count)[1]
    return torch.as_tensor(np.asarray(found)).view(len(points), count)


def neighbour_tree(points: Float[Tensor, "points latent"], periods: Periods | None) -> KDTree:
    """Points to be found by the latent distance to their nearest image; ask it with wrapped points."""
    box = None if periods is None else [period or 0.0 for period in periods]
    return KDTree(wrap(points.double(), periods).cpu().numpy(), boxsize=box)


def beginnings(low: Sequence[float] | None, z: Tensor) -> Float[Tensor, "latent"]:
    """Where each coordinate's period begins.

    Raises:
        ValueError: Not one number for each latent coordinate.
    """
    first = z.new_zeros(z.shape[-1]) if low is None else torch.as_tensor(low, dtype=z.dtype, device=z.device)
    if first.shape != z.shape[-1:]:
        raise ValueError(f"low must be one number for each of {z.shape[-1]} latent coordinates; got {low}")
    return first


def _each(periods: Periods, z: Tensor) -> tuple[Float[Tensor, "latent"], Tensor]:
    """The length of each period, 1 where there is none, and which coordinates are periodic."""
    if len(periods) != z.shape[-1]:
        raise ValueError(f"periods must be one for each of {z.shape[-1]} latent coordinates; got {periods}")
    length = z.new_tensor([period or 1.0 for period in periods])
    return length, torch.tensor([period is not None for period in periods], device=z.device)
