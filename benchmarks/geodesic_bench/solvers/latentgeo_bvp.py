"""Ours by collocation of the geodesic equation, one pair at a time: a reference."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import on_grid


def collocation() -> object:
    from latentgeo import BVP

    return BVP()


SOLVER = Solver(
    on_grid(collocation, cached=False),
    library="latentgeo",
    setting="BVP",
    call="geodesic(..., BVP(), grid=...)",
    pairs={"trained decoder": 2},
    at_once=1,
    role="reference",
)
