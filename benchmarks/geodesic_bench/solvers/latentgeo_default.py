"""Ours as it comes."""

from benchmarks.geodesic_bench.interface import Solver
from benchmarks.geodesic_bench.solvers._ours import directly

SOLVER = Solver(directly(), library="latentgeo", call="geodesic(metric, z0, z1)")
