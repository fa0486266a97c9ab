"""From a density to a factor: the formula written out, its powers, its derivatives, and where numbers end."""

import math

import pytest
import torch

from latentgeo.geometry.metrics.conformal import as_factor, scaled_squares

F64 = torch.float64


def written_out(q: torch.Tensor, latent: int, kappa: float) -> torch.Tensor:
    return (1 - (1 - kappa ** (-latent / 2)) * (1 - q).clamp(min=0) ** 3) ** (-2 / latent)


@pytest.mark.parametrize("latent", [1, 2, 10])
def test_the_formula(latent: int) -> None:
    q = torch.linspace(0.01, 3, 300, dtype=F64)
    found = as_factor(q.log(), latent, 30.0)
    torch.testing.assert_close(found, written_out(q, latent, 30.0), rtol=1e-12, atol=0)
    assert bool((found[q >= 1] == 1).all())
    assert bool((found.diff() <= 0).all())
    assert float(found.max()) < 30


@pytest.mark.parametrize("latent", [2, 7])
def test_between_its_bounds_it_is_a_power_of_the_density(latent: int) -> None:
    q = torch.tensor([1e-5, 1e-6], dtype=F64)
    low, high = as_factor(q.log(), latent, 1e29)
    assert float(high / low) == pytest.approx(10 ** (2 / latent), rel=1e-4)


@pytest.mark.parametrize("latent", [1, 2, 10, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_where_there_is_no_density_it_is_kappa(latent: int, dtype: torch.dtype) -> None:
    t = torch.tensor([-1e4 * latent, -1e30, -torch.inf], dtype=dtype, requires_grad=True)
    found = as_factor(t, latent, 30.0)
    assert found.dtype == dtype
    torch.testing.assert_close(found, torch.full_like(found, 30.0), rtol=1e-5, atol=0)
    (slope,) = torch.autograd.grad(found.sum(), t, create_graph=True)
    assert bool((slope == 0).all())
    # half-way down, where powers of the density itself underflow
    middle = as_factor(torch.tensor([-latent / 2 * math.log(5.0)], dtype=dtype), latent, 30.0)
    assert 1 < float(middle) < 5.1


def test_derivatives_are_those_of_differences_and_continuous_where_the_data_end() -> None:
    t = torch.tensor([-20.0, -8.0, -3.0, -0.5, -1e-3, 0.7], dtype=F64, requires_grad=True)
    for latent in (2, 10):
        assert torch.autograd.gradcheck(lambda t, d=latent: as_factor(t, d, 10.0), (t,))
        assert torch.autograd.gradgradcheck(lambda t, d=latent: as_factor(t, d, 10.0), (t,))
    step = 1e-4
    near = torch.linspace(-0.02, 0.02, 401, dtype=F64)
    bend = as_factor(near, 2, 10.0).diff().diff() / step**2
    # a jump would be as large as the second derivative is a little further out
    assert float(bend.diff().abs().max()) < 0.01 * float(bend.abs().max())
    assert float(bend[near[2:] > 2e-4].abs().max()) == 0


def test_squares_of_far_points_do_not_cancel() -> None:
    generator = torch.Generator().manual_seed(0)
    z, c = 1e6 + torch.randn(2, 20, 3, generator=generator, dtype=F64)
    torch.testing.assert_close(scaled_squares(z, c, 0.5), torch.cdist(z, c).square() / 0.25, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_squares_of_the_farthest_points_there_are_are_large(dtype: torch.dtype) -> None:
    far = torch.finfo(dtype).max * torch.tensor([[1.0, -1.0], [0.5, 0.0], [-1.0, 1e-5]], dtype=dtype)
    centres = 1e-3 * torch.tensor([[1.0, 2.0], [-3.0, 0.5], [0.0, -1.0]], dtype=dtype)
    assert bool((scaled_squares(far, centres, 1e-3) > torch.finfo(dtype).max / 10).all())
