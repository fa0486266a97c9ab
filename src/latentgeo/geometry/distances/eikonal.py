"""Distances from many sources at once over a regular grid of a 2-D metric: the anisotropic eikonal equation.

A shortest path along a graph's edges is too long however fine the graph, as it can only run in the edges' directions.
Here a path reaches a node from anywhere on the polygon through its neighbours, between which the distance is
interpolated linearly: the Hopf-Lax update of Bornemann and Rasch 2006 (Finite-element discretization of static
Hamilton-Jacobi equations based on a local variational principle). The error vanishes with the step. Nodes are updated
line by line, up, down, right and left, in the manner of Zhao 2005 (A fast sweeping method for eikonal equations), with
all sources side by side.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.graph import edge_lengths
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.lattice import Lattice
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods, nearest_image, neighbours_of
from latentgeo.progress import tell

__all__ = ["Mesh", "mesh", "spread"]

# numbers of sides that are looked at together: as many as fit a core's cache
_AT_ONCE = 65_536
# beyond every distance, in units of the mean edge; finite, so that differences are no NaN
_FAR = 1e7


class Side(NamedTuple):
    """A side of the polygon through the neighbours of a node.

    Attributes:
        first: Offset of the neighbour at its start, in rows and columns.
        second: Of the one at its end.
        update: Coefficients of the update by way of this side, (5, x, y).
    """

    first: tuple[int, int]
    second: tuple[int, int]
    update: Tensor


@dataclass(frozen=True)
class Mesh:
    """A regular grid of nodes, and what a path costs between a node and its neighbours.

    Attributes:
        nodes: (x, y, 2), float64.
        step: Between nodes along both axes, (2,).
        reach: The neighbours are up to so many rows and columns away.
        sides: Of the polygon around each node.
        unit: Mean edge length, in observation units; the sides' coefficients are in this unit.
        periods: Of the latent coordinates, if any has one; the last node along it then is followed by the first.
    """

    nodes: Tensor
    step: Tensor
    reach: int
    sides: list[Side]
    unit: float
    periods: Periods | None = None


@torch.no_grad()
def mesh(metric: Metric, bounds: Bounds, size: tuple[int, int], reach: int = 2, parts: int = 2) -> Mesh:
    """Measure a metric on a grid.

    Args:
        metric: Two latent dimensions; evaluated at (2 parts)^2 points a node.
        bounds: The box; one period apart along a periodic coordinate.
        size: Nodes along x and y; along a periodic one, its end not among them, at least as many as a node reaches.
        reach: Neighbours are up to so many rows and columns away: 1 joins 8, 2 joins 16, 3 joins 32.
        parts: In which an edge is measured by Simpson's rule.
    """
    fine = 2 * parts
    around = _around_axes(metric.periods)
    # along a period the last node is not among them
    x, y = (fine * n if turns else fine * (n - 1) + 1 for n, turns in zip(size, around, strict=True))
    low, high = torch.tensor(bounds, dtype=torch.float64).T
    cells = torch.tensor([count if turns else count - 1 for count, turns in zip((x, y), around, strict=True)])
    lattice = Lattice(low, ((high - low) / cells).diag(), (x, y))
    # no node is beyond the box, by a rounding
    z = torch.minimum(lattice.nodes(), high).view(x, y, 2)
    G = metric.on_lattice(lattice).view(x, y, 3).permute(2, 0, 1)
    nodes = z[::fine, ::fine].contiguous()
    step = nodes[1, 1] - nodes[0, 0]
    # edges that leave the grid are measured as well, by the metric at its border, and are never used
    wide = G.unsqueeze(0)
    for axis, turns in enumerate(around):
        border = [0, 0, fine * reach, fine * reach] if axis == 0 else [fine * reach, fine * reach, 0, 0]
        wide = torch.nn.functional.pad(wide, border, mode="circular" if turns else "replicate")
    offsets = _around(reach)
    edges = [_edge(wide[0], size, step, offset, reach, parts) for offset in offsets]
    unit = float(torch.stack([length.mean() for length, _ in edges]).mean()) or 1.0
    around = list(zip(offsets, edges, strict=True))
    sides = [
        Side(p, q, _coefficients(step, (p, q), (first[0] / unit, second[0] / unit), (first[1] + second[1]) / 2))
        for (p, first), (q, second) in zip(around, around[1:] + around[:1], strict=True)
    ]
    return Mesh(nodes, step, reach, sides, unit, metric.periods)


@torch.no_grad()
def spread(
    mesh: Mesh,
    metric: Metric,
    sources: Float[Tensor, "sources 2"],
    tolerance: float,
    *,
    near: int = 60,
    rounds: int = 30,
) -> Float[Tensor, "sources x y"]:
    """Distances from each source to every node, too long rather than too short.

    Args:
        mesh: Of the metric.
        metric: Measures the straight lines to the nodes next to a source.
        sources: Anywhere in the box; their dtype is that of the result, and what it is computed in.
        tolerance: Done when two of a round's four sweeps change distances by less than half this share, on average.
        near: Nodes next to a source whose distance is the straight line's.
        rounds: At most.
    """
    shape = mesh.nodes.shape[:2]
    nodes = mesh.nodes.view(-1, 2)
    near = min(near, len(nodes))
    number = neighbours_of(nodes, sources.cpu(), near, mesh.periods)
    own = sources.double().repeat_interleave(number.shape[1], 0)
    ends = nearest_image(own, nodes[number.view(-1)], mesh.periods)
    straight = edge_lengths(metric, own, ends).view(number.shape) / mesh.unit
    found = sources.new_full((len(sources), len(nodes)), _FAR).scatter_(1, number, straight.to(sources))
    found = found.view(-1, *shape)
    sides = [side._replace(update=side.update.to(sources)) for side in mesh.sides]
    turned = [Side((p[1], p[0]), (q[1], q[0]), update.transpose(1, 2).contiguous()) for p, q, update in sides]
    # lines lie along the first axis, a border of far nodes around them
    border = (mesh.reach, mesh.reach, 0, 0, mesh.reach, mesh.reach)
    lines = torch.nn.functional.pad(found.transpose(0, 1), border, value=_FAR)
    x_turns, y_turns = _around_axes(mesh.periods)
    x, y = shape
    ways = [
        (_ahead(sides, len(sources) * y, mesh.reach), x_turns, y_turns),
        (_ahead(turned, len(sources) * x, mesh.reach), y_turns, x_turns),
    ]
    turns = 0
    while turns < 2 * rounds:
        # along the second axis, with the mesh turned, every other time
        along, lines_turn, places_turn = ways[turns % 2]
        before = lines.clone()
        _sweep(lines, along, mesh.reach, lines_turn, places_turn)
        change = (before - lines) / before.clamp(min=torch.finfo(before.dtype).tiny)
        lines = lines.transpose(0, 2).contiguous()
        turns += 1
        tell(f"{len(sources)} sources, sweep {turns}")
        if turns > 1 and float(change.mean()) < tolerance / 2:
            break
    if turns % 2:
        lines = lines.transpose(0, 2)
    inner = slice(mesh.reach, -mesh.reach)
    return lines[inner, :, inner].transpose(0, 1) * mesh.unit


def _sweep(
    lines: Tensor, ways: tuple[list["_Ahead"], list["_Ahead"]], reach: int, lines_turn: bool, places_turn: bool
) -> None:
    """Update all lines (line, sources, place) in place, upwards from those below, then downwards from those above.

    Args:
        lines: Distances, in a border of far nodes.
        ways: Sides that lead to the lines below, and to those above.
        reach: Width of the border.
        lines_turn: Whether the last line is followed by the first; then the border is a copy of the other side.
        places_turn: Whether the last place of a line is followed by its first.
    """
    last = len(lines) - 2 * reach
    inner = lines.shape[2] - 2 * reach
    # (line, sources, shift, place): the places of a line, and those beside them
    windows = lines.unfold(2, inner, 1)
    if places_turn:
        _copy_ends(lines, 2, reach)
    for groups, order in zip(ways, (range(last), range(last - 1, -1, -1)), strict=True):
        if lines_turn:
            _copy_ends(lines, 0, reach)
        for i in order:
            best = lines[reach + i, :, reach : reach + inner].clone()
            for group in groups:
                torch.minimum(best, group.best(windows, i), out=best)
            lines[reach + i, :, reach : reach + inner] = best
            if places_turn:
                _copy_ends(lines[reach + i], 1, reach)


def _ahead(sides: list[Side], numbers: int, reach: int) -> tuple[list["_Ahead"], list["_Ahead"]]:
    """The sides that lead to the lines below, and those that lead to the lines above.

    Args:
        sides: Of the polygon around each node.
        numbers: Distances on a line, those of all sources.
        reach: Width of the border.
    """
    together = max(1, _AT_ONCE // numbers)
    below, above = (
        [side for side in sides if sign * side.first[0] >= 0 and sign * side.second[0] >= 0] for sign in (-1, 1)
    )
    below, above = (
        [_Ahead(some[k : k + together], reach) for k in range(0, len(some), together)] for some in (below, above)
    )
    return below, above


class _Ahead:
    """Sides that lead to lines that are known, one or several that are looked at together."""

    def __init__(self, sides: list[Side], reach: int) -> None:
        ends = torch.tensor([(side.first, side.second) for side in sides]) + reach
        (self.row_a, self.shift_a), (self.row_b, self.shift_b) = ends.permute(1, 2, 0)
        self.update = torch.stack([side.update for side in sides], 1)
        self.one = ends[0].tolist() if len(sides) == 1 else None

    def best(self, windows: Tensor, i: int) -> Float[Tensor, "sources places"]:
        """The least distance of the places of a line by way of these sides."""
        if self.one is not None:
            # a view, not a copy
            (row_a, shift_a), (row_b, shift_b) = self.one
            return _by_way_of(windows[row_a + i, :, shift_a], windows[row_b + i, :, shift_b], self.update[:, 0, i])
        a, b = windows[self.row_a + i, :, self.shift_a], windows[self.row_b + i, :, self.shift_b]
        return _by_way_of(a, b, self.update[:, :, i].unsqueeze(2)).amin(0)


def _copy_ends(values: Tensor, axis: int, reach: int) -> None:
    """The border along an axis that turns: each side is what lies within the other."""
    inner = values.shape[axis] - 2 * reach
    values.narrow(axis, 0, reach).copy_(values.narrow(axis, inner, reach))
    values.narrow(axis, inner + reach, reach).copy_(values.narrow(axis, reach, reach))


def _by_way_of(a: Tensor, b: Tensor, update: Tensor) -> Tensor:
    """The least a + t (b - a) + |first + t (second - first)| over t in [0, 1].

    With |.|^2 = A t^2 + 2 B t + C and d = b - a it is at t = -B / A - k d / sqrt(A - d^2), k = sqrt(A C - B^2) / A;
    where A < d^2 the sum is monotone and t is at an end.
    """
    A, B2, C, middle, k = update
    d = b - a
    t = torch.addcmul(A, d, d, value=-1).clamp_(min=1e-20).rsqrt_().mul_(d).mul_(k)
    t = torch.sub(middle, t, out=t).clamp_(0, 1)
    length = torch.addcmul(B2, A, t).mul_(t).add_(C).clamp_(min=0).sqrt_()
    # lerp is exact at both ends, even where one of them is far
    return length.add_(torch.lerp(a, b, t))


def _edge(
    wide: Tensor, size: tuple[int, int], step: Tensor, offset: tuple[int, int], reach: int, parts: int
) -> tuple[Tensor, Tensor]:
    """Length of the edge from each node to the neighbour at an offset, (x, y), and the mean metric on it, (3, x, y)."""
    fine = 2 * parts
    border = fine * reach
    dx, dy = (step * torch.tensor(offset, dtype=step.dtype)).unbind()
    length, mean = wide.new_zeros(()), wide.new_zeros(())
    for k in range(fine + 1):
        weight = (1 if k in (0, fine) else 4 if k % 2 else 2) / (6 * parts)
        x, y = (
            slice(border + k * o, border + k * o + fine * (n - 1) + 1, fine) for o, n in zip(offset, size, strict=True)
        )
        g = wide[:, x, y]
        length = length + weight * safe_sqrt(g[0] * dx * dx + 2 * g[1] * dx * dy + g[2] * dy * dy)
        mean = mean + weight * g
    return length, mean


def _coefficients(
    step: Tensor, offsets: tuple[tuple[int, int], tuple[int, int]], lengths: tuple[Tensor, Tensor], G: Tensor
) -> Tensor:
    """For `_by_way_of`: edges are as long as they were measured, at the angle that the mean metric gives."""
    (px, py), (qx, qy) = (step[:, None] * torch.tensor(offsets, dtype=step.dtype).T).T.tolist()
    inner = G[0] * px * qx + G[1] * (px * qy + py * qx) + G[2] * py * qy
    first = G[0] * px * px + 2 * G[1] * px * py + G[2] * py * py
    second = G[0] * qx * qx + 2 * G[1] * qx * qy + G[2] * qy * qy
    tiny = torch.finfo(G.dtype).tiny
    cosine = (inner / safe_sqrt(first * second).clamp(min=tiny)).clamp(-1, 1)
    start, end = lengths
    C = start**2
    product = start * end * cosine
    # where the metric is flat, or the edges fall together, the ends of the side are all that counts
    A = (C + end**2 - 2 * product).clamp(min=1e-12)
    B = product - C
    return torch.stack([A, 2 * B, C, -B / A, safe_sqrt(A * C - B**2) / A])


def _around_axes(periods: Periods | None) -> tuple[bool, bool]:
    """Which axes turn."""
    x, y = (period is not None for period in periods or (None, None))
    return x, y


def _around(reach: int) -> list[tuple[int, int]]:
    """Offsets with no common factor, by angle."""
    inside = range(-reach, reach + 1)
    return sorted(
        ((a, b) for a in inside for b in inside if math.gcd(a, b) == 1), key=lambda offset: math.atan2(*offset)
    )
