"""Every solver in every dtype: of the decoder's weights, of what the metric evaluates it in, and of the points."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from latentgeo.geometry.solution import Solver
from surfaces import draw, random_mlp

SINGLE, DOUBLE = torch.float32, torch.float64
SOLVERS: dict[str, Solver] = {
    "spline": lg.SplineCurve(intervals=16, starts=1, graph=lg.GraphPath(size=20, cache_size=17)),
    "gauss-newton": lg.GaussNewton(),
    "georce": lg.Georce(nodes=17, doublings=0, max_iterations=15),
    "bvp": lg.BVP(),
    "graph": lg.GraphPath(size=20, cache_size=17),
    "neural": lg.NeuralCurve(units=8, points=20, steps=5),
}


class Unknown(nn.Module):
    """A decoder whose latent size its layers do not tell."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z[:, :2])


def smooth() -> nn.Module:
    return random_mlp(hidden=16, obs=8, scale=1.0)


def hidden() -> nn.Module:
    return Unknown(smooth()).float()


def relu() -> nn.Module:
    layers = random_mlp(hidden=16, obs=8, scale=1.0)
    return nn.Sequential(*(nn.ReLU() if isinstance(layer, nn.Tanh) else layer for layer in layers))


# of lengths; where a decoder has creases, a rounding moves the curve that a solver ends at
DECODERS = [(smooth, 1e-6), (hidden, 1e-6), pytest.param(relu, 1e-3, marks=pytest.mark.slow)]


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
@pytest.mark.parametrize(("decoder", "accuracy"), DECODERS)
@pytest.mark.parametrize("solver", SOLVERS)
def test_lengths_are_those_of_float64_to_what_the_dtype_allows(solver: str, decoder, accuracy: float) -> None:
    z0, z1 = draw(2, 2, -1, 1)
    true = lg.geodesic(lg.PullbackMetric(decoder().double()), z0, z1, SOLVERS[solver])
    own = next(decoder().parameters()).dtype
    for dtype, points in product((None, SINGLE, DOUBLE), (SINGLE, DOUBLE)):
        metric = lg.PullbackMetric(decoder(), dtype=dtype)
        found = lg.geodesic(metric, z0.to(points), z1.to(points), SOLVERS[solver])
        case = f"metric {dtype}, points {points}"
        assert metric.dtype == (dtype or own), case
        assert found.length.dtype == points, case
        error = float((found.length.double() / true.length - 1).abs().max())
        assert error <= (1e-9 if own is metric.dtype is points is DOUBLE else accuracy), f"{case}: off by {error:.1e}"
        if decoder is not relu:
            assert found.outcome == true.outcome, case


def test_a_function_that_hides_weights_of_another_dtype_is_refused_by_name() -> None:
    layers = smooth()
    z0, z1 = draw(2, 2, -1, 1)
    metric = lg.PullbackMetric(lambda z: layers(z), dtype=SINGLE)
    with pytest.raises(lg.DecoderError, match=r"the decoder does not take torch.float32"):
        lg.geodesic(metric, z0, z1)
