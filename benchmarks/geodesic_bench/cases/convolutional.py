"""A decoder of binarised MNIST by transposed convolutions and layer norms.

A forward pass takes fifty times that of `mnist`, and a fifth of the pairs are solved.
"""

from benchmarks.geodesic_bench.decoders import trained
from benchmarks.geodesic_bench.interface import Case, Problem

CASE = Case(
    group="convolutional decoder",
    latent=2,
    about="a trained decoder of MNIST, by transposed convolutions and layer norms",
    seconds=180,
    certified=("this library", "relaxation"),
    problem=lambda: Problem("convolutional decoder", *trained("convolutional", pairs=20)),
)
