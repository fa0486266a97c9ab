"""geomstats by straightening a path of twenty nodes."""

from typing import Any

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._geomstats import REQUIREMENTS, by


def straightening() -> tuple[Any, Any]:
    from geomstats.numerics.geodesic import PathStraightening
    from geomstats.numerics.optimization import ScipyMinimize

    optimizer = ScipyMinimize(method="L-BFGS-B", autodiff_jac=True, save_result=True)
    return lambda space: PathStraightening(space, n_nodes=20, optimizer=optimizer), optimizer


SOLVER = Solver(
    by(straightening),
    library="geomstats",
    setting="straightening",
    call="PathStraightening(n_nodes=20)",
    requirements=REQUIREMENTS,
    pairs={"closed forms": 2},
    at_once=1,
)
