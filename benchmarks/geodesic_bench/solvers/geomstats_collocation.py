"""geomstats by scipy's collocation of the geodesic equation."""

from typing import Any

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._geomstats import REQUIREMENTS, by


def collocation() -> tuple[Any, Any]:
    from geomstats.numerics.bvp import ScipySolveBVP
    from geomstats.numerics.geodesic import LogODESolver

    integrator = ScipySolveBVP(save_result=True)
    return lambda space: LogODESolver(space, integrator=integrator, use_jac=False), integrator


SOLVER = Solver(
    by(collocation),
    library="geomstats",
    setting="collocation",
    call="LogODESolver(use_jac=False)",
    requirements=REQUIREMENTS,
    pairs={"closed forms": 2, "trained decoder": 1},
    at_once=1,
)
