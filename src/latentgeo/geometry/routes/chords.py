"""Chords of a decoder against the integral of its derivative: what no check at single points can see.

f(b) - f(a) is the integral of J (b - a) from a to b. Where it is not, the decoder jumps in between (it rounds, or looks
up a code book), or its derivative is wrong there.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.routes.route import Route

__all__ = ["fault_along"]

# nodes of a whole line, and of a part of it; in how many parts a line, and then a part, is cut
_NODES, _FEWER, _PARTS = 16, 8, 4
# cuts until a part is too short for anything but a jump, and parts that are followed at a time
_CUTS, _FOLLOWED = 12, 6
# of the larger of chord and integral: what is looked into, what is wrong; and what a jump leaves of a part's miss
_LOOKED_INTO, _WRONG, _STAYS = 1e-3, 0.1, 0.4


def fault_along(
    route: Route,
    decoder: Callable[[Tensor], Tensor],
    start: Float[Tensor, "lines latent"],
    end: Float[Tensor, "lines latent"],
) -> str | None:
    """What is wrong along the straight lines between points, in words; None if nothing is.

    Args:
        route: To the derivative.
        decoder: Latent points (rows, latent) to observations (rows, obs).
        start: Where lines begin.
        end: Where they end.
    """
    miss, size = _misses(route, decoder, start, end, _NODES)
    bad = miss > _LOOKED_INTO * size
    start, end, miss = start[bad], end[bad], miss[bad]
    for _ in range(_CUTS):
        if not len(start):
            return None
        cuts = torch.linspace(0, 1, _PARTS + 1, dtype=start.dtype, device=start.device).view(-1, 1, 1)
        points = torch.lerp(start, end, cuts)
        before = miss.repeat(_PARTS)
        start, end = points[:-1].flatten(0, 1), points[1:].flatten(0, 1)
        miss, size = _misses(route, decoder, start, end, _FEWER)
        persists = (miss > _STAYS * before) & (miss > _LOOKED_INTO * size)
        worst = ((miss > _WRONG * size) | persists).nonzero().squeeze(1)
        worst = worst[miss[worst].argsort(descending=True)[:_FOLLOWED]]
        start, end, miss, size = start[worst], end[worst], miss[worst], size[worst]
    at = miss.argmax()
    place = f"{start[at].tolist()} and {end[at].tolist()}"
    if float(miss[at]) > 0.9 * float(size[at]):
        return f"it jumps by {float(miss[at]):.3g} between latent points {place}: does it round, or look up a code?"
    return f"its derivative is wrong by {float(miss[at] / size[at]):.0%} between latent points {place}"


def _misses(
    route: Route, decoder: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, nodes: int
) -> tuple[Tensor, Tensor]:
    """For each line: by how much chord and integral differ, in the worst output; and the larger of their sizes."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    at = start.new_tensor((x + 1) / 2).view(-1, 1, 1)
    weight = start.new_tensor(w / 2).view(-1, 1, 1)
    step = end - start
    points = torch.lerp(start, end, at).flatten(0, 1)
    speed = route.along(points, step.repeat(nodes, 1)).detach().unflatten(0, (nodes, len(start)))
    first, last = decoder(torch.cat([start, end])).tensor_split(2)
    chord = last - first
    rounding = 1e2 * torch.finfo(chord.dtype).eps * first.abs().amax(1)
    miss = (chord - (weight * speed).sum(0)).abs().amax(1) - rounding
    size = torch.maximum(chord.abs().amax(1), (weight * speed.abs()).sum(0).amax(1))
    return torch.nan_to_num(miss, nan=float("inf")), size
