"""Geodesics as solutions of their differential equation, one pair at a time: an oracle for the other solvers.

The equation is Euler and Lagrange's for the energy, G a = grad_z (v^T G v) / 2 - (dG/dt) v. scipy's `solve_bvp`
(Kierzenka and Shampine 2001) solves it by collocation, on a mesh that it refines until a tolerance is met. Nothing is
shared with the solvers that minimise an energy.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_bvp
from torch import Tensor

from latentgeo.geometry.calculus.connection import geodesic_acceleration
from latentgeo.geometry.curves.hermite import Hermite
from latentgeo.geometry.functionals import safe_sqrt
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome, Problem
from latentgeo.geometry.solvers.chain import curve_through
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.start import check_start, start_from
from latentgeo.progress import tell

__all__ = ["BVP"]

_POINTS_AT_ONCE = 1024
# solve_bvp's status 1 is a mesh with too many nodes, 3 end points that were not met
_OUTCOMES = {0: Outcome.CONVERGED, 1: Outcome.MAX_ITERATIONS, 2: Outcome.DIVERGED, 3: Outcome.MAX_ITERATIONS}


@dataclass(frozen=True)
class BVP:
    """Collocation on the geodesic equation, for each pair alone; slow, and independent of the other solvers.

    Attributes:
        nodes: Of the first mesh.
        max_nodes: Of the last mesh, at most.
        start: "graph" for a shortest path (needs two latent dimensions or data), "line" for the straight line, "auto"
            for a graph where there is a cache or data.
        tolerance: Of the equation's relative residual on every interval of the mesh. A curve's excess length is of
            second order in it: the largest one squared is what the result calls its residual.
        graph: The start's settings, and the size of the cache where one is made for it.

    Warning:
        What solves the equation is a geodesic, which need not be a shortest curve. The metric must have full rank and
        a derivative that says something: not that of a piecewise linear decoder. Bounds alone, without a cache, are
        not kept to.
    """

    nodes: int = 33
    max_nodes: int = 2000
    start: str = "auto"
    tolerance: float = 1e-4
    graph: GraphPath = GraphPath()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        check_start(self.start)
        if self.nodes < 3:
            raise ValueError(f"nodes must be at least 3; got {self.nodes}")

    def solve(self, problem: Problem) -> Candidate:
        """One curve a pair; a pair without a finite solution keeps its start and has diverged."""
        start = start_from(problem, self.start, self.graph, self.nodes)
        solved, lengths = [], []
        for pair, points in enumerate(start.nodes):
            solved.append(self._solve_pair(problem.metric, points))
            lengths.append(_speed(problem.metric, solved[-1]))
            tell(f"{pair + 1} of {len(start.nodes)} pairs")
            if problem.on_step is not None:
                problem.on_step(pair, float(np.mean(lengths)))
        return Candidate(
            _together(solved, start.nodes[:, 0], start.nodes[:, -1]),
            [one.outcome for one in solved],
            problem.z0.new_tensor([one.residual for one in solved]),
            torch.tensor([one.iterations for one in solved], device=problem.z0.device),
            f"BVP({start.name} start)",
            searched=start.searched,
        )

    @torch.no_grad()
    def _solve_pair(self, metric: Metric, points: Float[Tensor, "nodes latent"]) -> "_Solved":
        nodes, latent = points.shape
        times = torch.linspace(0, 1, nodes, dtype=points.dtype, device=points.device)
        velocities = curve_through(points.unsqueeze(0), straight=False).derivative(times)[0]

        def slope(_: np.ndarray, both: np.ndarray) -> np.ndarray:
            z, v = torch.as_tensor(both.T).to(points).split(latent, 1)
            return torch.cat([v, _acceleration(metric, z, v)], 1).T.double().cpu().numpy()

        def bend(t: np.ndarray, both: np.ndarray) -> np.ndarray:
            # forward differences, as scipy's own, but in all directions at once
            step = np.finfo(both.dtype).eps ** 0.5 * (1 + np.abs(both))
            moved = both[:, None] + np.eye(len(both))[:, :, None] * step
            here, there = slope(t, both), slope(t, moved.reshape(len(both), -1)).reshape(moved.shape)
            return (there - here[:, None]) / step

        first, last = (points[i].double().cpu().numpy() for i in (0, -1))
        guess = torch.cat([points, velocities], 1).T.double().cpu().numpy()
        with np.errstate(all="ignore"):
            found = solve_bvp(
                slope,
                lambda a, b: np.concatenate([a[:latent] - first, b[:latent] - last]),
                times.double().cpu().numpy(),
                guess,
                fun_jac=bend,
                tol=self.tolerance,
                max_nodes=self.max_nodes,
            )
        if not np.isfinite(found.y).all():
            return _Solved(times, points, velocities, Outcome.DIVERGED, float("nan"), int(found.niter))
        z, v = torch.as_tensor(found.y.T).to(points).split(latent, 1)
        residual = float(np.max(found.rms_residuals)) ** 2
        return _Solved(torch.as_tensor(found.x).to(points), z, v, _OUTCOMES[found.status], residual, int(found.niter))


@dataclass(frozen=True)
class _Solved:
    """One pair's mesh, the points and velocities on it, and how it ended."""

    times: Tensor
    points: Tensor
    velocities: Tensor
    outcome: Outcome
    residual: float
    iterations: int


@torch.no_grad()
def _speed(metric: Metric, one: _Solved) -> float:
    """Of a geodesic the velocity is the same everywhere, and its length."""
    return float(safe_sqrt(metric.squared_speed(one.points[:1], one.velocities[:1])))


def _acceleration(
    metric: Metric, z: Float[Tensor, "batch latent"], v: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    """`geodesic_acceleration` in pieces: a fine mesh, moved in every direction, is many points."""
    parts = zip(z.split(_POINTS_AT_ONCE), v.split(_POINTS_AT_ONCE), strict=True)
    return torch.cat([geodesic_acceleration(metric, at, along) for at, along in parts])


def _together(solved: list[_Solved], z0: Tensor, z1: Tensor) -> Hermite:
    """All pairs' curves; those with fewer points repeat their last one."""
    longest = max(len(one.times) for one in solved)

    def padded(rows: Tensor) -> Tensor:
        return torch.cat([rows, rows[-1:].expand(longest - len(rows), *rows.shape[1:])])

    times, points, velocities = (
        torch.stack([padded(getattr(one, field)) for one in solved]) for field in ("times", "points", "velocities")
    )
    # the end points are met to the solver's tolerance only
    points[:, 0] = z0
    return Hermite(times, torch.where((times == 1).unsqueeze(2), z1[:, None], points), velocities)
