"""A decoder of MNIST with 32 latent dimensions, all of them used: 32-512-512-784, tanh, a sigmoid."""

from benchmarks.geodesic_bench.decoders import trained
from benchmarks.geodesic_bench.interface import Case, Problem

CASE = Case(
    group="many dimensions, trained",
    latent=32,
    about="a trained decoder of MNIST, 32-512-512-784",
    seconds=120,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("many dimensions, trained", *trained("mnist_32", pairs=20)),
)
