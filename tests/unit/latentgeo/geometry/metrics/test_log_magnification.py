"""The logarithm of the magnification factor: where the factor itself has no digits, and where it is -inf."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from surfaces import draw, hyperbolic_ball, random_mlp

METRIC = lg.PullbackMetric(random_mlp(5))


def linear(A: Tensor) -> lg.Metric:
    """The metric of z -> A z, A of shape (obs, latent)."""
    layer = torch.nn.Linear(A.shape[1], A.shape[0], bias=False, dtype=A.dtype)
    with torch.no_grad():
        layer.weight.copy_(A)
    return lg.PullbackMetric(layer)


@pytest.mark.parametrize("metric", [METRIC, lg.SmoothedMetric(METRIC, 0.1), hyperbolic_ball(5).metric])
def test_it_is_the_logarithm_of_the_factor(metric: lg.Metric) -> None:
    z, _ = draw(6, 5, -0.4, 0.4)
    expected = lg.magnification_factor(metric, z).log()
    torch.testing.assert_close(lg.log_magnification_factor(metric, z), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(lg.log_magnification_factor(metric(z)), expected, rtol=1e-9, atol=1e-9)


def test_hundreds_of_dimensions_and_thousands_of_outputs() -> None:
    generator = torch.Generator().manual_seed(0)
    A = torch.randn(2000, 200, generator=generator, dtype=torch.float64)
    z = torch.zeros(2, 200, dtype=torch.float64)
    for scale in (1e5, 1e-5):
        exact = torch.linalg.svdvals(scale * A).log().sum().expand(2)
        torch.testing.assert_close(lg.log_magnification_factor(linear(scale * A), z), exact, rtol=1e-12, atol=0)
        torch.testing.assert_close(lg.log_magnification_factor(linear(scale * A)(z)), exact, rtol=1e-12, atol=0)
    assert lg.magnification_factor(linear(1e5 * A), z).tolist() == [math.inf] * 2


@pytest.mark.parametrize("small", [1e-6, 1e-10, 1e-13])
def test_nearly_singular_decoders_keep_their_digits(small: float) -> None:
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.linalg.qr(torch.randn(n, n, generator=generator, dtype=torch.float64))[0] for n in (30, 4))
    sizes = torch.tensor([3.0, 1.0, 0.5, small], dtype=torch.float64)
    found = lg.log_magnification_factor(linear(left[:, :4] * sizes @ right), torch.zeros(1, 4, dtype=torch.float64))
    # roundings of J are a share 1e-16 / small of its least singular value
    assert float(found) == pytest.approx(float(sizes.log().sum()), abs=1e-14 / small)


def test_units_of_axes_far_apart() -> None:
    sizes = torch.tensor([1e150, 1.0, 1e-150], dtype=torch.float64)
    G = torch.tensor([[2.0, 1, 0], [1, 2, 1], [0, 1, 2]], dtype=torch.float64)
    exact = math.log(4) / 2
    assert float(lg.log_magnification_factor(sizes[:, None] * G * sizes)) == pytest.approx(exact, abs=1e-12)


def test_a_singular_tensor_is_minus_infinity() -> None:
    a = torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
    z = torch.zeros(2, 2, dtype=torch.float64)
    dead, twice, few = (
        torch.cat([a, 0 * a], 1),
        torch.cat([a, a / 3], 1),
        torch.tensor([[1.0, 2.0]], dtype=torch.float64),
    )
    for A in (dead, twice, few):
        assert lg.log_magnification_factor(linear(A), z).tolist() == [-math.inf] * 2
        assert lg.log_magnification_factor(A.T @ A).item() == -math.inf
    assert lg.log_magnification_factor(-torch.eye(3)).item() == -math.inf
    assert math.isnan(lg.log_magnification_factor(torch.full((2, 2), math.nan)).item())


def test_gradients_reach_points_and_tensors() -> None:
    z, _ = draw(2, 5, -1, 1)
    z.requires_grad_()
    assert torch.autograd.gradcheck(lambda p: lg.log_magnification_factor(METRIC, p), (z,))
    assert torch.autograd.gradcheck(lambda p: lg.log_magnification_factor(METRIC(p)), (z,))


def test_a_singular_point_spoils_no_gradient() -> None:
    metric = lg.PullbackMetric(lambda z: torch.stack([z[:, 0], z[:, 1] ** 3, z[:, 1] ** 3 + z[:, 0]], 1))
    for of in (lambda p: lg.log_magnification_factor(metric, p), lambda p: lg.log_magnification_factor(metric(p))):
        z = torch.tensor([[0.3, 0.0], [0.3, 0.5]], dtype=torch.float64, requires_grad=True)
        found = of(z)
        assert found[0].item() == -math.inf
        slope = torch.autograd.grad(found[1], z)[0]
        # sqrt(det G) is |d(z_1^3)/dz_1| times a constant
        torch.testing.assert_close(slope, torch.tensor([[0.0, 0.0], [0.0, 4.0]], dtype=torch.float64))


def test_a_gradient_to_weights_only_where_it_is_asked_for() -> None:
    decoder = random_mlp(2, hidden=8, obs=9).requires_grad_()
    z, _ = draw(3, 2, -1, 1)
    assert not lg.log_magnification_factor(lg.PullbackMetric(decoder), z).requires_grad
    found = lg.log_magnification_factor(lg.PullbackMetric(decoder, weight_gradients=True), z)
    assert found.requires_grad
    assert float(torch.autograd.grad(found.sum(), decoder[0].weight)[0].abs().max()) > 0


def test_shapes() -> None:
    z, _ = draw(6, 5, -1, 1)
    assert lg.log_magnification_factor(METRIC, z[:0]).shape == (0,)
    G = METRIC(z).view(2, 3, 5, 5)
    assert lg.log_magnification_factor(G).shape == (2, 3)
    assert lg.log_magnification_factor(G[:0]).shape == (0, 3)


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    z, _ = draw(3, 5, -1, 1)
    with pytest.raises(ValueError, match=r"wants points: log_magnification_factor\(metric, z\)"):
        lg.log_magnification_factor(METRIC)
    with pytest.raises(ValueError, match="a metric and points, or a metric tensor alone"):
        lg.log_magnification_factor(METRIC(z), z)
    with pytest.raises(ValueError, match=r"G must be square, .*got \(3, 5\)"):
        lg.log_magnification_factor(z)
    with pytest.raises(ValueError, match="G must be float64 or float32"):
        lg.log_magnification_factor(torch.eye(2, dtype=torch.long))
