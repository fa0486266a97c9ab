"""Ours by chains of nodes, by Gauss and Newton."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import directly


def chains() -> object:
    from latentgeo import GaussNewton

    return GaussNewton()


SOLVER = Solver(
    directly(chains),
    library="latentgeo",
    setting="GaussNewton",
    call="geodesic(..., GaussNewton())",
    pairs={"closed forms": 100, "many dimensions": 50, "many dimensions, trained": 50},
)
