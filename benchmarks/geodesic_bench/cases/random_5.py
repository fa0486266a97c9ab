"""An untrained decoder with 5 latent dimensions and weights that are large enough to bend: 5-512-512-784, tanh."""

from benchmarks.geodesic_bench.decoders import random_layers
from benchmarks.geodesic_bench.interface import Case, Problem
from benchmarks.geodesic_bench.pairs import draw

CASE = Case(
    group="many dimensions",
    latent=5,
    about="a random decoder, 5-512-512-784",
    seconds=60,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("many dimensions", random_layers(5), 784, *draw(50, 5, -1, 1)),
)
