"""Ours with networks as they were trained."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import DECODERS, directly

SOLVER = Solver(
    directly(single=True),
    library="latentgeo",
    setting="float32",
    call="geodesic(PullbackMetric(decoder, dtype=torch.float32), z0, z1)",
    pairs=DECODERS,
)
