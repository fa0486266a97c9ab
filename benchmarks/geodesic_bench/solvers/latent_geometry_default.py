"""latent-geometry as documented."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._latent_geometry import REQUIREMENTS, shortest

SOLVER = Solver(
    shortest(),
    library="latent-geometry",
    call="LatentManifold(...).shortest_path",
    requirements=REQUIREMENTS,
    pairs={"closed forms": 4, "trained decoder": 4},
    at_once=1,
)
