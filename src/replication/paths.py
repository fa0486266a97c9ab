"""The three paths between the two points of each pair, measured in one metric: line, geodesic and manifold path."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.solution import OnStep, Solver
from replication.latent_space import LatentSpace
from replication.path_statistics import statistics

__all__ = ["MeasuredPaths", "angles_between", "measure", "neural_curve"]

NODES = 200


@dataclass(frozen=True)
class MeasuredPaths:
    """Paths of many pairs in one metric.

    Attributes:
        rows: A row for each pair and path, as in pairs.csv.
        curves: Latent nodes at NODES equidistant curve parameters, (pairs, NODES, 2), by path.
    """

    rows: pd.DataFrame
    curves: dict[str, Tensor]


def measure(
    space: LatentSpace,
    pairs: Tensor,
    lambda_s: float,
    follow_radius: float,
    on_step: OnStep | None = None,
    with_statistics: bool = True,
) -> MeasuredPaths:
    """Straight line, geodesic and, where the data have a ring, manifold path of each pair.

    Args:
        pairs: Index pairs into the encodings, (pairs, 2).
        lambda_s: Strength of the smoothing; 0 measures the raw metric.
        follow_radius: See `path_statistics.statistics`.
        on_step: Called with the step and the mean length while geodesics are sought.
        with_statistics: Whether the columns beyond lengths are computed too (a sweep needs none but `follow`).
    """
    metric = space.smoothed(lambda_s)
    z0, z1 = space.encodings[pairs[:, 0]], space.encodings[pairs[:, 1]]
    solutions = {
        "euclidean": lg.euclidean(metric, z0, z1),
        "geodesic": lg.geodesic(metric, z0, z1, grid=space.cache, on_step=on_step),
    }
    if space.ring is not None:
        solutions["manifold"] = lg.path(metric, _manifold_waypoints(space, pairs))
    angle = angles_between(space, pairs)
    frames, curves = [], {}
    for name, solution in solutions.items():
        frame, curve = _tabulate(space, solution, lambda_s, follow_radius, with_statistics)
        frame.insert(0, "path", name)
        frame.insert(0, "angle", angle)
        frame.insert(0, "pair", np.arange(len(pairs)))
        frames.append(frame)
        curves[name] = curve
    return MeasuredPaths(pd.concat(frames, ignore_index=True), curves)


def neural_curve(
    space: LatentSpace,
    pairs: Tensor,
    lambda_s: float,
    follow_radius: float,
    solver: Solver,
    on_step: OnStep | None = None,
) -> MeasuredPaths:
    """The paper's own solver on some pairs, as path `neural`: sought in the cache, measured in the metric itself."""
    z0, z1 = space.encodings[pairs[:, 0]], space.encodings[pairs[:, 1]]
    sought = lg.geodesic(space.cached(lambda_s), z0, z1, solver=solver, on_step=on_step)
    measured = lg.measure(space.smoothed(lambda_s), sought.curve)
    solution = replace(
        sought, length=measured.length, max_velocity=measured.max_velocity, solver=f"{sought.solver}, on a cache"
    )
    frame, curve = _tabulate(space, solution, lambda_s, follow_radius, with_statistics=True)
    frame.insert(0, "path", "neural")
    frame.insert(0, "angle", angles_between(space, pairs))
    frame.insert(0, "pair", np.arange(len(pairs)))
    return MeasuredPaths(frame, {"neural": curve})


def angles_between(space: LatentSpace, pairs: Tensor) -> np.ndarray:
    """Angle between the two poses of each pair in [0, pi] radians, (pairs,); NaN where the data have no angle."""
    if "angle" not in space.parameter:
        return np.full(len(pairs), np.nan)
    ends = space.parameter["angle"][pairs.numpy()]
    return np.abs((ends[:, 1] - ends[:, 0] + np.pi) % (2 * np.pi) - np.pi)


def _tabulate(
    space: LatentSpace, solution: lg.GeodesicSolution, lambda_s: float, follow_radius: float, with_statistics: bool
) -> tuple[pd.DataFrame, Tensor]:
    t = torch.linspace(0.0, 1.0, NODES).to(space.encodings)
    with torch.no_grad():
        curve = solution.curve(t)
        raw = lg.measure(space.raw, solution.curve).length if lambda_s else solution.length
        velocity_raw = lg.velocity(space.raw, solution.curve, t)
    frame = pd.DataFrame(
        {
            "metric": "smoothed" if lambda_s else "raw",
            "lambda_s": lambda_s,
            "rank": space.rank,
            "solver": solution.solver,
            "length": solution.length.cpu().numpy(),
            "length_raw": raw.cpu().numpy(),
            "max_velocity": solution.max_velocity.cpu().numpy(),
            "max_velocity_raw": velocity_raw.max(dim=1).values.cpu().numpy(),
            "outcome": _outcomes(space, solution, curve),
            "seconds": solution.seconds / max(len(curve), 1),
        }
    )
    columns = statistics(space, curve, velocity_raw, follow_radius, all_columns=with_statistics)
    return frame.assign(**columns), curve


def _outcomes(space: LatentSpace, solution: lg.GeodesicSolution, curve: Tensor) -> list[str]:
    """The solver's outcome of each pair; a curve that converged leaning on the wall around the grid is `bounded`.

    The metric falls to nothing far from the data, so that there is no shortest curve without bounds; one that the
    bounds hold back is the shortest within them, but no geodesic.
    """
    low, high = torch.tensor(space.bounds).T.to(curve)
    leans = ((curve < low) | (curve > high)).any(-1).any(-1).tolist()
    words = [outcome.value for outcome in solution.outcome]
    return ["bounded" if out and word == "converged" else word for word, out in zip(words, leans, strict=True)]


def _manifold_waypoints(space: LatentSpace, pairs: Tensor) -> Tensor:
    """From each pair's first encoding along the encoded ring, the short way, to its second: (pairs, points, 2)."""
    ends = space.parameter["angle"][pairs.numpy()]
    paths = []
    for (start, stop), (first, last) in zip(ends, pairs.tolist(), strict=True):
        ring = space.ring_path(float(start), float(stop))
        paths.append(torch.cat([space.encodings[first : first + 1], ring[1:-1], space.encodings[last : last + 1]]))
    return torch.stack(paths)
