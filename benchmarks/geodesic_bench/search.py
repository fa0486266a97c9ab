"""The solver that finds the references of decoders first: a long search by this library, measured by the one ruler.

In two latent dimensions several starts each on a cache of 513 x 513 nodes and a graph of 257 x 257, steps under the
true metric to a residual of 1e-7, and every other search below; the shortest of all counts. Of the convolutional
decoder, which is dear, the last two alone. Some minutes.
"""

import torch
from torch import Tensor

from benchmarks.geodesic_bench.interface import Problem, Solved
from benchmarks.geodesic_bench.ruler import measure
from latentgeo import GaussNewton, GraphPath, PullbackMetric, SplineCurve, geodesic

__all__ = ["searched"]

_IN_A_PLANE = (
    SplineCurve(starts=6, tolerance=1e-7, intervals=96, polish=60, graph=GraphPath(size=257, cache_size=513)),
    SplineCurve(starts=3, tolerance=1e-6, seed=1, polish=40, graph=GraphPath(size=192, cache_size=385)),
    SplineCurve(tolerance=1e-6, polish=40, graph=GraphPath(size=320, reach=4)),
)
_IN_MORE = (SplineCurve(tolerance=1e-7), GaussNewton())


def searched(problem: Problem) -> Tensor:
    """The least lengths found, (pairs,)."""
    metric = PullbackMetric(problem.decoder)
    solvers = _IN_MORE if problem.latent > 2 else _IN_A_PLANE
    if problem.group == "convolutional decoder":
        solvers = solvers[1:]
    found = []
    for solver in solvers:
        solution = geodesic(metric, problem.z0, problem.z1, solver)
        solved = Solved(solution.curve, [None] * len(problem.z0))
        found.append(measure(problem, solved, problem.z0, problem.z1).length)
    return torch.stack(found).amin(0)
