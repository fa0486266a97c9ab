"""A decoder of binarised MNIST with layers as the replication has them: 2-512-512-784, tanh, a sigmoid."""

from benchmarks.geodesic_bench.decoders import trained
from benchmarks.geodesic_bench.interface import Case, Problem

CASE = Case(
    group="trained decoder",
    latent=2,
    about="a trained decoder of MNIST, 2-512-512-784",
    seconds=60,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("trained decoder", *trained("mnist")),
)
