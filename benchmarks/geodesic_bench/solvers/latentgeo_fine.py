"""Ours to a tolerance a thousand times finer, from two starts."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import directly


def fine() -> object:
    from latentgeo import SplineCurve

    return SplineCurve(tolerance=1e-6, starts=2)


SOLVER = Solver(
    directly(fine),
    library="latentgeo",
    setting="fine",
    call="geodesic(metric, z0, z1, SplineCurve(tolerance=1e-6, starts=2))",
    pairs={"trained decoder": 100},
)
