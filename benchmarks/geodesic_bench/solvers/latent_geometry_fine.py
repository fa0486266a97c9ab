"""latent-geometry to a finer tolerance, from more nodes."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._latent_geometry import REQUIREMENTS, shortest

SOLVER = Solver(
    shortest(solver_tol=1e-5, bvp_n_mesh_nodes=30),
    library="latent-geometry",
    setting="fine",
    call="LatentManifold(..., solver_tol=1e-5, bvp_n_mesh_nodes=30).shortest_path",
    requirements=REQUIREMENTS,
    pairs={"closed forms": 4},
    at_once=1,
)
