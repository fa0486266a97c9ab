"""A decoder of scikit-learn's digits with 8 latent dimensions: 8-256-256-64, tanh, a sigmoid."""

from benchmarks.geodesic_bench.decoders import trained
from benchmarks.geodesic_bench.interface import Case, Problem

CASE = Case(
    group="many dimensions, trained",
    latent=8,
    about="a trained decoder of scikit-learn's digits, 8-256-256-64",
    seconds=60,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("many dimensions, trained", *trained("digits_8", pairs=50)),
)
