"""The factor of densities in closed form, and which functions are none."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

import latentgeo as lg

F64 = torch.float64
FULL = 2 * math.pi


def normal(points: int, latent: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(points, latent, generator=torch.Generator().manual_seed(seed), dtype=F64)


def energy(z: Tensor) -> Tensor:
    """Of a standard normal distribution, far from normalised."""
    return z.square().sum(1) / 2 + 1234.0


@pytest.mark.parametrize("latent", [1, 2, 10])
def test_a_normal_density(latent: int) -> None:
    z, kappa = normal(4000, latent), 15.0
    found = lg.DensityFactor.fit(z, lambda z: -energy(z), kappa)
    border = z.square().sum(1).quantile(0.95)
    points = 3 * normal(200, latent, seed=1)
    q = ((border - points.square().sum(1)) / 2).exp()
    exact = (1 - (1 - kappa ** (-latent / 2)) * (1 - q).clamp(min=0) ** 3) ** (-2 / latent)
    torch.testing.assert_close(found(points), exact, rtol=1e-9, atol=0)
    # 95 % of a chi-square distribution
    assert float(border) == pytest.approx({1: 3.841, 2: 5.991, 10: 18.307}[latent], rel=0.05)
    torch.testing.assert_close(found.uncertainty(points), (exact - 1) / (kappa - 1), rtol=1e-9, atol=1e-12)
    assert bool((found(z) == 1).double().mean() == 0.95)


def test_a_normalised_density_has_the_same_factor() -> None:
    z = normal(100)
    exact = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=F64), torch.eye(2, dtype=F64))
    points = 3 * normal(50, seed=1)
    normalised = lg.DensityFactor.fit(z, exact.log_prob)(points)
    torch.testing.assert_close(normalised, lg.DensityFactor.fit(z, lambda z: -energy(z))(points), rtol=1e-9, atol=0)


def test_a_kernel_density_has_the_factor_that_it_is() -> None:
    kernels = lg.KernelFactor.fit(normal(200), 50, generator=torch.Generator().manual_seed(0))
    found = lg.DensityFactor(kernels.log_density, kernels.kappa, kernels.log_level, 2)
    z = 3 * normal(50, seed=1)
    torch.testing.assert_close(found(z), kernels(z), rtol=1e-12, atol=0)


def test_derivatives() -> None:
    found = lg.DensityFactor.fit(normal(100), lambda z: -energy(z))
    z = 2 * normal(6, seed=1)
    assert torch.autograd.gradgradcheck(found, (z.requires_grad_(),))
    metric = lg.ScaledMetric(lg.PullbackMetric(lambda z: torch.cat([z, z.sin()], 1)), found)
    z = z.detach()
    jet, step = metric.jet(z), 1e-5
    for axis, unit in enumerate(torch.eye(2, dtype=F64)):
        ahead, behind = (metric(z + side * step * unit).flatten(1)[:, [0, 1, 3]] for side in (1, -1))
        torch.testing.assert_close(jet.first[axis], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-6)
        here = metric(z).flatten(1)[:, [0, 1, 3]]
        torch.testing.assert_close(jet.second[2 * axis], (ahead - 2 * here + behind) / step**2, rtol=1e-3, atol=1e-3)


def test_geodesics_follow_a_ring_in_ten_dimensions() -> None:
    angle = FULL * torch.rand(300, generator=torch.Generator().manual_seed(0), dtype=F64)
    z = 0.03 * normal(300, 10)
    z[:, :2] += torch.stack([angle.cos(), angle.sin()], 1)

    def log_density(z: Tensor) -> Tensor:
        off = (z[:, :2].square().sum(1) + 1e-12).sqrt() - 1
        return -(off.square() + z[:, 2:].square().sum(1)) / (2 * 0.03**2)

    factor = lg.DensityFactor.fit(z, log_density, 30.0)
    raw = lg.PullbackMetric(lambda z: z)
    ends = z.new_zeros(2, 10)
    ends[:, 0] = torch.tensor([1.0, -0.5])
    ends[1, 1] = 0.75**0.5
    solver = lg.SplineCurve(intervals=12)
    found = lg.geodesic(lg.ScaledMetric(raw, factor), ends[:1], ends[1:], solver, data=z)
    # 95 % of the data are within 4.2 deviations of the ring, in nine directions: a tube that curves keep to
    assert float(found.curve(60)[..., :2].norm(dim=2).min()) > 0.83
    # along the ring where the factor is one: no longer than the arc, and longer than the chord
    assert 3**0.5 < float(found.length) < FULL / 3 * 1.001


def test_float32_and_points_that_have_no_density() -> None:
    z = normal(100).float()
    found = lg.DensityFactor.fit(z, lambda z: -z.square().sum(1), 10.0)
    assert found(z).dtype == torch.float32

    def half_plane(z: Tensor) -> Tensor:
        return torch.where(z[:, 0] > -9, -z.square().sum(1), -torch.inf)

    nowhere = torch.tensor([[-50.0, 0.0]], dtype=F64)
    assert float(lg.DensityFactor.fit(normal(100), half_plane)(nowhere)) == pytest.approx(10)


def test_periodic_coordinates() -> None:
    z = normal(200)
    periods = (FULL, None)
    around = lg.DensityFactor.fit(z, lambda z: z[:, 0].cos() - z[:, 1].square(), periods=periods)
    metric = lg.PullbackMetric(lambda z: torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1), periods=periods)
    assert lg.ScaledMetric(metric, around)(z).shape == (200, 2, 2)
    with pytest.raises(ValueError, match="log_density is not periodic"):
        lg.DensityFactor.fit(z, lambda z: -energy(z), periods=periods)
    with pytest.raises(ValueError, match="the factor must have the metric's periods"):
        lg.ScaledMetric(metric, lg.DensityFactor.fit(z, lambda z: -energy(z)))
    # round circles alone there is no far
    lg.DensityFactor.fit(z, lambda z: z[:, 0].cos() + z[:, 1].cos(), periods=(FULL, FULL))


def test_what_is_no_log_density() -> None:
    z = normal(50)
    with pytest.raises(ValueError, match=r"\(batch,\); got \(50, 2\) from \(50, 2\); a score is the gradient of log p"):
        lg.DensityFactor.fit(z, lambda z: -z)
    with pytest.raises(ValueError, match=r"to \(batch,\); got \(50, 1\) from \(50, 2\)$"):
        lg.DensityFactor.fit(z, lambda z: -energy(z).unsqueeze(1))
    with pytest.raises(ValueError, match=r"points' dtype, torch.float64; got torch.float32"):
        lg.DensityFactor.fit(z, lambda z: -energy(z).float())
    with pytest.raises(ValueError, match=r"log_density is as high 10 standard deviations .* [Gg]ive its negative"):
        lg.DensityFactor.fit(z, energy)
    with pytest.raises(ValueError, match="the same at all encodings"):
        lg.DensityFactor.fit(z, lambda z: torch.full_like(z[:, 0], -3.0))
    with pytest.raises(ValueError, match=r"finite at the encodings; at number 7, .* it is -inf"):
        lg.DensityFactor.fit(z, lambda p: (-energy(p)).masked_fill((p == z[7]).all(1), -torch.inf))
    with pytest.raises(ValueError, match="kappa must be finite and above 1"):
        lg.DensityFactor.fit(z, lambda z: -energy(z), 0.5)
    with pytest.raises(ValueError, match="two points at least; got 1"):
        lg.DensityFactor.fit(z[:1], lambda z: -energy(z))
    with pytest.raises(ValueError, match=r"z must be \(batch, 2\)"):
        lg.DensityFactor.fit(z, lambda z: -energy(z))(torch.zeros(4, 3, dtype=F64))


def test_a_function_of_the_caller_s_cannot_be_saved(tmp_path: Path) -> None:
    found = lg.DensityFactor.fit(normal(50), lambda z: -energy(z))
    metric = lg.ScaledMetric(lg.PullbackMetric(torch.nn.Linear(2, 3, dtype=F64)), found)
    with pytest.raises(ValueError, match="DensityFactor, which cannot be saved"):
        lg.save(tmp_path / "metric.npz", metric)
