"""stochman's own functions with a finer curve and a finer sum."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._stochman import REQUIREMENTS, splines

SOLVER = Solver(
    splines(fine=True),
    library="stochman",
    setting="fine",
    call=(
        "geodesic_minimizing_energy, one batch: CubicSpline of 10 nodes, at most 100 calls of L-BFGS, energy at 100 "
        "times; for decoders 20 nodes, 150 steps of Adam, energy at 40 times"
    ),
    requirements=REQUIREMENTS,
)
