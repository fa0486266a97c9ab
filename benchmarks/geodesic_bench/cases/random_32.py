"""An untrained decoder with 32 latent dimensions and weights that are large enough to bend: 32-512-512-784, tanh."""

from benchmarks.geodesic_bench.decoders import random_layers
from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

CASE = Case(
    group="many dimensions",
    latent=32,
    about="a random decoder, 32-512-512-784",
    seconds=60,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("many dimensions", random_layers(32), 784, *draw(50, 32, -1, 1)),
)
