"""The solver that checks the references: chains of nodes whose decoded chords are relaxed, then splines through them.

The sum of the squared chords is lowered by Levenberg and Marquardt's steps, each pair with a damping of its own. In two
latent dimensions a chain starts at a shortest path of Dijkstra's on a grid, in more at the straight line. It shares
nothing with any library that is compared: torch, scipy and the decoder are all that it knows.
"""

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from benchmarks.geodesic_bench.interface import Problem, Solved

__all__ = ["relaxed"]

_OFFSETS = [(a, b) for a in range(-3, 4) for b in range(-3, 4) if (a > 0 or (a == 0 and b > 0)) and np.gcd(a, b) == 1]
_MARGIN = 0.15
_POINTS_AT_ONCE = 8192


@torch.no_grad()
def relaxed(problem: Problem, segments: int, steps: int = 60, size: int = 97) -> Solved:
    """Curves between a problem's pairs.

    Args:
        problem: The pairs, and the decoder.
        segments: Of each chain.
        steps: At most.
        size: Nodes of the grid along an axis.
    """
    if problem.latent == 2:
        x = _paths(problem, segments, size)
    else:
        t = torch.linspace(0, 1, segments + 1, dtype=torch.float64)[:, None]
        x = problem.z0[:, None] + t * (problem.z1 - problem.z0)[:, None]
    damping = x.new_full((len(x),), 1e-2)
    moving = torch.ones(len(x), dtype=torch.bool)
    for _ in range(steps):
        at = moving.nonzero()[:, 0]
        if not len(at):
            break
        before, gradient, curvature = _expanded(problem, x[at])
        diagonal = curvature.diagonal(dim1=1, dim2=2)
        # a floor for directions that the decoder does not see
        extra = damping[at, None] * (diagonal + 1e-9 * diagonal.amax(1, keepdim=True))
        step = torch.linalg.solve(curvature + torch.diag_embed(extra), gradient)
        tried = x[at].clone()
        tried[:, 1:-1] -= step.view(len(at), segments - 1, -1)
        after = _chords(problem, tried).square().sum((1, 2))
        better = after < before
        x[at[better]] = tried[better]
        damping[at] = torch.where(better, damping[at] / 4, damping[at] * 8).clamp(1e-12, 1e12)
        settled = (before - after).abs() < 1e-11 * before
        moving[at] = ~settled & (damping[at] < 1e8)
    nodes = np.linspace(0, 1, segments + 1)
    splines = [CubicSpline(nodes, chain.numpy()) for chain in x]
    return Solved(lambda t: torch.from_numpy(np.stack([spline(t.numpy()) for spline in splines])), [None] * len(x))


def _decoded(problem: Problem, z: Tensor) -> Tensor:
    return torch.cat([problem.decoder(part).flatten(1) for part in z.split(_POINTS_AT_ONCE)])


def _chords(problem: Problem, x: Tensor) -> Tensor:
    """(pairs, segments, obs)."""
    return _decoded(problem, x.flatten(0, 1)).view(*x.shape[:2], -1).diff(dim=1)


def _expanded(problem: Problem, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Half the energy's value times two, half its gradient, and Gauss and Newton's half of its second derivative."""
    pairs, nodes, latent = x.shape
    inner = x[:, 1:-1].reshape(-1, latent)
    columns = [
        torch.cat([torch.func.jvp(problem.decoder, (part,), (along.expand_as(part),))[1].flatten(1) for part in parts])
        for along in torch.eye(latent, dtype=x.dtype)
        for parts in [inner.split(_POINTS_AT_ONCE)]
    ]
    J = torch.stack(columns, 2).view(pairs, nodes - 2, -1, latent)
    chords = _chords(problem, x)
    gradient = torch.einsum("pnoi,pno->pni", J, chords[:, :-1] - chords[:, 1:])
    curvature = x.new_zeros(pairs, nodes - 2, latent, nodes - 2, latent)
    own, next_ = torch.einsum("pnoi,pnoj->pnij", J, J), torch.einsum("pnoi,pnoj->pnij", J[:, :-1], J[:, 1:])
    at = torch.arange(nodes - 2)
    curvature[:, at, :, at] = 2 * own.transpose(0, 1)
    curvature[:, at[:-1], :, at[1:]] = -next_.transpose(0, 1)
    curvature[:, at[1:], :, at[:-1]] = -next_.transpose(0, 1).transpose(2, 3)
    flat = (nodes - 2) * latent
    return chords.square().sum((1, 2)), gradient.view(pairs, flat), curvature.view(pairs, flat, flat)


def _paths(problem: Problem, segments: int, size: int) -> Tensor:
    """Shortest paths on a grid, with nodes evenly along their decoded lengths, (pairs, segments + 1, 2)."""
    both = torch.cat([problem.z0, problem.z1])
    low, high = both.amin(0), both.amax(0)
    low, high = low - _MARGIN * (high - low), high + _MARGIN * (high - low)
    t = torch.linspace(0, 1, size, dtype=torch.float64)
    grid = low + torch.cartesian_prod(t, t) * (high - low)
    seen = _decoded(problem, grid)
    number = torch.arange(size**2).view(size, size)
    starts, stops = [], []
    for a, b in _OFFSETS:
        first, other = (slice(max(-b, 0), size - max(b, 0)), slice(max(b, 0), size - max(-b, 0)))
        starts.append(number[: size - a, first].flatten())
        stops.append(number[a:, other].flatten())
    i, j = torch.cat(starts), torch.cat(stops)
    weight = torch.cat([(seen[p] - seen[q]).norm(dim=1) for p, q in zip(i.split(50_000), j.split(50_000), strict=True)])
    real = weight.isfinite()
    edges = coo_array((weight[real].numpy(), (i[real].numpy(), j[real].numpy())), shape=(size**2, size**2)).tocsr()
    usable = torch.where(seen.isfinite().all(1), 0.0, torch.inf)
    ends = [(torch.cdist(end, grid) + usable).argmin(1).numpy() for end in (problem.z0, problem.z1)]
    before = dijkstra(edges, directed=False, indices=ends[0], return_predecessors=True)[1]
    found = []
    for k, (start, stop) in enumerate(zip(*ends, strict=True)):
        steps = [stop]
        while steps[-1] != start:
            steps.append(before[k, steps[-1]])
        inside = grid[torch.tensor(steps[::-1])[1:-1]]
        path = torch.cat([problem.z0[k : k + 1], inside, problem.z1[k : k + 1]])
        along = torch.cat([path.new_zeros(1), _chords(problem, path[None])[0].norm(dim=1).cumsum(0)])
        even = np.linspace(0, float(along[-1]), segments + 1)
        found.append(np.stack([np.interp(even, along.numpy(), axis.numpy()) for axis in path.T], 1))
    return torch.from_numpy(np.stack(found))
