"""Ours on a cache only, in float32: no certificate."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import directly


def rough() -> object:
    from latentgeo import GraphPath, SplineCurve

    graph = GraphPath(size=96, cache_size=145)
    return SplineCurve(intervals=32, doublings=0, rounds=0, certify=False, graph=graph)


SOLVER = Solver(
    directly(rough, single=True),
    library="latentgeo",
    setting="float32, rough",
    call=(
        "the same with SplineCurve(intervals=32, doublings=0, rounds=0, certify=False, graph=GraphPath(size=96, "
        "cache_size=145)): on a cache only"
    ),
    pairs={"trained decoder": 100},
)
