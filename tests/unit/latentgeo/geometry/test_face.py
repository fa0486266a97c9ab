"""What every public function takes: arrays, lists, float32, and a call within inference mode; and threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import latentgeo as lg
from surfaces import random_mlp

DOUBLE = lg.PullbackMetric(random_mlp(hidden=16, obs=12))
SINGLE = lg.PullbackMetric(random_mlp(hidden=16, obs=12).float())
Z0, STEP = torch.randn(2, 3, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
Z1 = Z0 + 0.1 * STEP

FUNCTIONS = {
    "metric": lambda m, a, b: m(a),
    "squared speed": lambda m, a, b: m.squared_speed(a, b),
    "geodesic": lambda m, a, b: lg.geodesic(m, a, b).length,
    "curve": lambda m, a, b: lg.geodesic(m, a, b).curve(5),
    "velocity": lambda m, a, b: lg.geodesic(m, a, b).velocity([0.0, 0.5]),
    "line": lambda m, a, b: lg.euclidean(m, a, b).length,
    "exponential": lambda m, a, b: lg.exponential(m, a, b, 0.1).point,
    "logarithm": lambda m, a, b: lg.logarithm(m, a, b).velocity,
    "transport": lambda m, a, b: lg.parallel_transport(m, lg.euclidean(m, a, b).curve, b).vector,
    "christoffel": lambda m, a, b: lg.christoffel(m, a),
    "curvature": lambda m, a, b: lg.gaussian_curvature(m, a),
    "ricci": lambda m, a, b: lg.ricci(m, a),
    "scalar curvature": lambda m, a, b: lg.scalar_curvature(m, a),
    "sectional curvature": lambda m, a, b: lg.sectional_curvature(m, a, a, b),
    "Jacobi field": lambda m, a, b: lg.jacobi_field(m, lg.euclidean(m, a, b).curve, a, b).field,
    "log magnification": lambda m, a, b: lg.log_magnification_factor(m, a),
    "product": lambda m, a, b: lg.metric_product(m, a, b),
    "magnification": lambda m, a, b: lg.magnification_factor(m, a),
    "mean": lambda m, a, b: lg.frechet_mean(m, a).point,
    "distances": lambda m, a, b: lg.distance_matrix(m, a, size=17),
}
EVERY = pytest.mark.parametrize("name", FUNCTIONS)


@EVERY
def test_arrays_and_lists_are_taken_and_tensors_come_back(name: str) -> None:
    expected = FUNCTIONS[name](DOUBLE, Z0, Z1)
    for given in ((Z0.numpy(), Z1.numpy()), (Z0.tolist(), Z1.tolist())):
        found = FUNCTIONS[name](DOUBLE, *given)
        assert torch.equal(found, expected)


@EVERY
def test_float32_comes_back_as_float32(name: str) -> None:
    found = FUNCTIONS[name](SINGLE, Z0.float(), Z1.float())
    assert found.dtype == torch.float32
    expected = FUNCTIONS[name](DOUBLE, Z0, Z1)
    scale = float(expected.abs().max())
    # the decoder is evaluated in float32; second derivatives feel it most
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=2e-3 * scale)


@EVERY
def test_a_call_within_inference_mode(name: str) -> None:
    expected = FUNCTIONS[name](DOUBLE, Z0, Z1)
    with torch.inference_mode():
        found = FUNCTIONS[name](DOUBLE, Z0.clone(), Z1.clone())
    torch.testing.assert_close(found, expected.detach(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    "decoder", [random_mlp(), random_mlp().float(), nn.Sequential(random_mlp(obs=6), nn.LayerNorm(6).double())]
)
def test_a_metric_made_within_inference_mode(decoder: nn.Module) -> None:
    with torch.inference_mode():
        metric = lg.PullbackMetric(decoder)
        inside = metric(Z0.clone())
    expected = lg.PullbackMetric(decoder)
    assert metric.route == expected.route
    torch.testing.assert_close(inside, expected(Z0).detach())
    torch.testing.assert_close(lg.christoffel(metric, Z0), lg.christoffel(expected, Z0))


def test_a_neural_curve_without_gradients() -> None:
    solver = lg.NeuralCurve(steps=5)
    expected = lg.geodesic(DOUBLE, Z0, Z1, solver).length
    for switched_off in (torch.no_grad(), torch.inference_mode()):
        with switched_off:
            found = lg.geodesic(DOUBLE, Z0.clone(), Z1.clone(), solver).length
        torch.testing.assert_close(found, expected)


@pytest.mark.usefixtures("unchecked")
def test_points_of_periodic_coordinates() -> None:
    periods = (1.0, None)
    for given in (Z0.numpy(), Z0.tolist()):
        torch.testing.assert_close(lg.wrap(given, periods), lg.wrap(Z0, periods))
        torch.testing.assert_close(lg.cut_at_seams(given, [1.0, None]), lg.cut_at_seams(Z0, periods), equal_nan=True)


@pytest.mark.usefixtures("unchecked")
def test_a_probe_may_be_an_array() -> None:
    decoder = random_mlp()
    metric = lg.PullbackMetric(lambda z: decoder(z), probe=Z0.numpy())
    assert metric.route == "forward mode"


def test_weights_that_were_made_in_inference_mode() -> None:
    decoder = random_mlp()
    with torch.inference_mode():
        made = deepcopy(decoder)
    torch.testing.assert_close(lg.PullbackMetric(made)(Z0), lg.PullbackMetric(decoder)(Z0))


def test_how_many_even_times_or_which() -> None:
    curve = lg.geodesic(DOUBLE, Z0, Z1).curve
    even = torch.linspace(0, 1, 5, dtype=torch.float64)
    for times in (5, even, even.float(), even.numpy(), even.tolist()):
        torch.testing.assert_close(curve(times), curve(even))
        torch.testing.assert_close(curve.derivative(times), curve.derivative(even))
    for bad in (1, 0.5, "all", True):
        with pytest.raises(ValueError, match=r"t must be times from 0 to 1, .*for one time give \[t\]"):
            curve(bad)


def test_a_magnification_factor_of_a_metric_wants_points() -> None:
    with pytest.raises(ValueError, match=r"magnification_factor\(metric, z\)"):
        lg.magnification_factor(DOUBLE)
    with pytest.raises(ValueError, match="a metric and points, or a metric tensor alone"):
        lg.magnification_factor(DOUBLE(Z0), Z0)


CONVOLUTIONS = nn.Sequential(
    nn.Linear(2, 32),
    nn.Unflatten(1, (2, 4, 4)),
    nn.ConvTranspose2d(2, 4, 4, stride=2, padding=1),
    nn.SiLU(),
    nn.Conv2d(4, 1, 3, padding=1),
).double()
PERCEPTRON = nn.Sequential(nn.Linear(2, 16), nn.Softplus(), nn.Linear(16, 8), nn.GELU(), nn.Linear(8, 6)).double()


def with_forward_mode(z: Tensor) -> Tensor:
    return torch.func.jvp(PERCEPTRON, (z,), (z.cos(),))[1]


def without_a_part(z: Tensor) -> Tensor:
    return with_forward_mode(z) + z[:, :1].sin().detach()


def tensor(z: Tensor) -> Tensor:
    J = torch.func.vmap(torch.func.jacfwd(lambda row: PERCEPTRON(row[None])[0]))(z)
    return J.mT @ J


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: lg.PullbackMetric(CONVOLUTIONS),
        lambda: lg.PullbackMetric(PERCEPTRON),
        lambda: lg.PullbackMetric(with_forward_mode),
        lambda: lg.PullbackMetric(without_a_part),
        lambda: lg.FunctionMetric(tensor),
    ],
    ids=["convolutions", "perceptron", "forward mode inside", "differences", "function"],
)
@pytest.mark.filterwarnings("ignore::latentgeo.FiniteDifferencesWarning")
@torch.no_grad()
def test_threads_get_the_values_that_one_gets(make: Callable[[], lg.Metric]) -> None:
    known, fresh = make(), make()
    points = [Z0 + 0.1 * k for k in range(12)]
    known(points[0])
    verbs = [fresh, known, lambda z: lg.christoffel(known, z), lambda z: lg.gaussian_curvature(known, z)]
    if isinstance(known, lg.PullbackMetric):
        verbs.append(known.observe)
    for verb in verbs:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(verb, points))
        for one, z in zip(found, points, strict=True):
            torch.testing.assert_close(one, verb(z), rtol=1e-6, atol=1e-7)


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_another_kind_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="z0 and z1 must share a floating dtype"):
        lg.geodesic(DOUBLE, np.zeros((2, 2), int), np.ones((2, 2), int))
