"""The paper's solver, a network for each curve, on a cache: a reference."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import on_grid


def network() -> object:
    from latentgeo import NeuralCurve

    return NeuralCurve(steps=1000)


SOLVER = Solver(
    on_grid(network, cached=True),
    library="latentgeo",
    setting="NeuralCurve",
    call="geodesic(grid, ..., NeuralCurve(steps=1000)) on a cache of 256 x 256",
    pairs={"trained decoder": 4},
    role="reference",
)
