"""The three paths between the two points of each pair, measured in one metric: line, geodesic and manifold path."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.solution import OnStep
from replication.measuring.pairs import angles_between, distances_between
from replication.measuring.path_statistics import statistics
from replication.metrics.smoothed import smoothing
from replication.models.latent_space import LatentSpace

__all__ = ["NODES", "MeasuredPaths", "Nodes", "at_constant_speed", "measure", "neural_curve"]

NODES = 200
_FINE = 2000


@dataclass(frozen=True)
class Nodes:
    """Points along paths, (pairs, NODES, 2) each.

    Attributes:
        curve: At equidistant times of its own: a geodesic of ours has constant velocity, so that it jumps where the
            metric is flat; the paper's solver's has its network's time; other paths have constant latent speed.
        tangent: The latent velocity there.
        trace: At equidistant latent lengths: for maps, and for where a path goes.
    """

    curve: Tensor
    tangent: Tensor
    trace: Tensor


@dataclass(frozen=True)
class MeasuredPaths:
    """Paths of many pairs in one metric.

    Attributes:
        rows: A row for each pair and path, as in pairs.csv.
        nodes: Points along them, by path.
    """

    rows: pd.DataFrame
    nodes: dict[str, Nodes]


def measure(
    space: LatentSpace,
    pairs: Tensor,
    name: str,
    metric: lg.Metric,
    follow_radius: float,
    on_step: OnStep | None = None,
    with_statistics: bool = True,
) -> MeasuredPaths:
    """Straight line, geodesic and, where the data have a ring, manifold path of each pair.

    Args:
        pairs: Index pairs into the encodings, (pairs, 2).
        name: What tables call the metric.
        metric: In which the paths are measured and the geodesics are sought.
        follow_radius: See `path_statistics.statistics`.
        on_step: Called with the step and the mean length while geodesics are sought.
        with_statistics: Whether the columns beyond lengths are computed too (a sweep needs none but `follow`).
    """
    z0, z1 = space.encodings[pairs[:, 0]], space.encodings[pairs[:, 1]]
    solutions = {
        "euclidean": lg.euclidean(metric, z0, z1),
        "geodesic": lg.geodesic(metric, z0, z1, grid=space.cache_of(metric), on_step=on_step),
    }
    if space.ring is not None:
        solutions["manifold"] = lg.path(metric, _manifold_waypoints(space, pairs))
    nodes = {path_name: _nodes(solution.curve, space) for path_name, solution in solutions.items()}
    frames = [
        _tabulate(space, pairs, path_name, solution, nodes[path_name], name, metric, follow_radius, with_statistics)
        for path_name, solution in solutions.items()
    ]
    return MeasuredPaths(pd.concat(frames, ignore_index=True), nodes)


def neural_curve(
    space: LatentSpace,
    pairs: Tensor,
    name: str,
    metric: lg.Metric,
    follow_radius: float,
    solver: lg.Solver,
    on_step: OnStep | None = None,
) -> MeasuredPaths:
    """The paper's own solver on some pairs, as path `neural`: sought in the cache, measured in the metric itself."""
    z0, z1 = space.encodings[pairs[:, 0]], space.encodings[pairs[:, 1]]
    sought = lg.geodesic(space.cached(metric), z0, z1, solver=solver, on_step=on_step)
    measured = lg.measure(metric, sought.curve)
    solution = replace(
        sought, length=measured.length, max_velocity=measured.max_velocity, solver=f"{sought.solver}, on a cache"
    )
    nodes = _nodes(solution.curve, space)
    rows = _tabulate(space, pairs, "neural", solution, nodes, name, metric, follow_radius, with_statistics=True)
    return MeasuredPaths(rows, {"neural": nodes})


@torch.no_grad()
def at_constant_speed(metric: lg.Metric, curve: lg.Curve) -> Tensor:
    """Points along curves at equidistant lengths under the metric, (pairs, NODES, 2)."""
    way = curve.same_path
    even = torch.linspace(0.0, 1.0, NODES, dtype=curve.dtype, device=curve.breaks.device)
    speed = lg.velocity(metric, way, even)
    steps = (speed[:, 1:] + speed[:, :-1]) / 2
    reached = torch.cat([steps.new_zeros(len(steps), 1), steps.cumsum(1)], dim=1)
    wanted = even * reached[:, -1:]
    left = (torch.searchsorted(reached, wanted, right=True) - 1).clamp(0, NODES - 2)
    step = steps.gather(1, left)
    share = torch.where(step > 0, (wanted - reached.gather(1, left)) / step, 0.0).clamp(0, 1)
    return way((left + share) / (NODES - 1))


@torch.no_grad()
def _nodes(curve: lg.Curve, space: LatentSpace) -> Nodes:
    t = torch.linspace(0.0, 1.0, NODES).to(space.encodings)
    fine = curve.same_path(torch.linspace(0.0, 1.0, _FINE).to(space.encodings))
    return Nodes(curve(t), curve.derivative(t), lg.Polyline(fine)(t))


@torch.no_grad()
def _tabulate(
    space: LatentSpace,
    pairs: Tensor,
    path_name: str,
    solution: lg.GeodesicSolution,
    nodes: Nodes,
    metric_name: str,
    metric: lg.Metric,
    follow_radius: float,
    with_statistics: bool,
) -> pd.DataFrame:
    raw = solution.length if metric is space.raw else lg.measure(space.raw, solution.curve).length
    lambda_s, rank = smoothing(metric)
    velocity_raw = lg.velocity(space.raw, solution.curve, torch.linspace(0.0, 1.0, NODES).to(space.encodings))
    frame = pd.DataFrame(
        {
            "pair": np.arange(len(pairs)),
            "angle": angles_between(space, pairs),
            "distance": distances_between(space, pairs),
            "path": path_name,
            "metric": metric_name,
            "lambda_s": lambda_s,
            "rank": space.rank if rank is None else rank,
            "solver": solution.solver,
            "length": solution.length.cpu().numpy(),
            "length_raw": raw.cpu().numpy(),
            "max_velocity": solution.max_velocity.cpu().numpy(),
            "max_velocity_raw": velocity_raw.max(dim=1).values.cpu().numpy(),
            "outcome": [outcome.value for outcome in solution.outcome],
            "residual": solution.residual.cpu().numpy(),
            "seconds": solution.seconds / max(len(pairs), 1),
        }
    )
    columns = statistics(
        space,
        nodes.curve,
        nodes.trace,
        lambda: at_constant_speed(metric, solution.curve),
        velocity_raw,
        follow_radius,
        all_columns=with_statistics,
    )
    return frame.assign(**columns)


def _manifold_waypoints(space: LatentSpace, pairs: Tensor) -> Tensor:
    """From each pair's first encoding along the encoded ring, the short way, to its second: (pairs, points, 2)."""
    ends = space.parameter["angle"][pairs.numpy()]
    paths = []
    for (start, stop), (first, last) in zip(ends, pairs.tolist(), strict=True):
        ring = space.ring_path(float(start), float(stop))
        paths.append(torch.cat([space.encodings[first : first + 1], ring[1:-1], space.encodings[last : last + 1]]))
    return torch.stack(paths)
