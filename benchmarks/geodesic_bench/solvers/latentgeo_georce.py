"""Ours by chains of nodes, by optimal control (Rygaard and Hauberg 2025)."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import directly


def chains() -> object:
    from latentgeo import Georce

    return Georce()


SOLVER = Solver(
    directly(chains),
    library="latentgeo",
    setting="Georce",
    call="geodesic(..., Georce())",
    pairs={"closed forms": 100, "many dimensions": 50, "many dimensions, trained": 50},
)
