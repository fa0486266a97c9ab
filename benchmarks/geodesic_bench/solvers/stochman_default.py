"""stochman's `Manifold.connecting_geodesic`, as documented."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._stochman import REQUIREMENTS, splines

SOLVER = Solver(
    splines(fine=False),
    library="stochman",
    call="connecting_geodesic(p0, p1), one batch: CubicSpline of 5 nodes, 150 steps of Adam, energy at 20 times",
    requirements=REQUIREMENTS,
)
