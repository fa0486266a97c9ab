"""Mixtures of locally adaptive normals: against scikit-learn's where space is flat, and what is refused."""

import itertools

import pytest
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor

import latentgeo as lg
from surfaces import affine, sphere

SHARES = (0.3, 0.7)


def two_clouds(count: int = 240) -> Tensor:
    """A long one and a round one, next to each other."""
    generator = torch.Generator().manual_seed(4)
    noise = torch.randn(count, 2, generator=generator, dtype=torch.float64)
    first = round(SHARES[0] * count)
    long = noise[:first] @ torch.tensor([[0.25, 0.15], [0.0, 0.08]], dtype=torch.float64)
    round_one = 0.12 * noise[first:] + torch.tensor([0.5, -0.35], dtype=torch.float64)
    return torch.cat([long, round_one])


def test_in_flat_space_it_is_a_mixture_of_gaussians() -> None:
    surface, z = affine(2), two_clouds()
    found = lg.locally_adaptive_mixture(surface.metric, z, 2, generator=torch.Generator().manual_seed(0), size=97)
    assert found.outcome is lg.Outcome.UNCERTIFIED
    true = GaussianMixture(2, random_state=0, tol=1e-6, n_init=3).fit(z.numpy())
    order = found.weights.argsort()
    other = torch.as_tensor(true.weights_).argsort()
    weights, means, covariances = (torch.as_tensor(of)[other] for of in (true.weights_, true.means_, true.covariances_))
    torch.testing.assert_close(found.weights[order], weights, rtol=0, atol=0.01)
    torch.testing.assert_close(found.means[order], means, rtol=0, atol=0.01)
    for mine, theirs in zip(found.covariances[order], covariances, strict=True):
        assert float((mine - theirs).norm() / theirs.norm()) < 0.06
    theirs = torch.as_tensor(true.predict(z.numpy())).long()
    same = order.argsort()[found.labels] == other.argsort()[theirs]
    assert float(same.double().mean()) > 0.97
    # log densities with respect to the latent plane are scikit-learn's
    logs = found.log_density(z, latent=True)
    assert float((logs - torch.as_tensor(true.score_samples(z.numpy()))).abs().quantile(0.95)) < 0.1
    assert float(logs.mean()) == pytest.approx(true.score(z.numpy()), abs=0.01)
    torch.testing.assert_close(found.log_density(z).mean(), found.log_likelihood, rtol=0, atol=1e-3)
    torch.testing.assert_close(found.responsibilities.sum(1), torch.ones(len(z)).double())


def test_of_one_component_it_is_the_normal() -> None:
    metric = sphere().metric
    z = 0.5 * two_clouds(90)
    grid = lg.GridMetric(metric, ((-0.6, 0.6), (-0.6, 0.6)), 33)
    one = lg.locally_adaptive_mixture(metric, z, 1, start=[[0.1, 0.1]], grid=grid, size=65, tolerance=1e-6)
    law = lg.locally_adaptive_normal(metric, z, grid=grid, size=65)
    torch.testing.assert_close(one.means[0], law.mean, rtol=0, atol=5e-3)
    torch.testing.assert_close(one.covariances[0], law.covariance, rtol=0.03, atol=1e-4)
    torch.testing.assert_close(one.log_likelihood, law.log_likelihood, rtol=0, atol=2e-3)
    assert one.weights.tolist() == [1.0]


def test_a_density_integrates_to_one_over_the_box() -> None:
    metric = sphere().metric
    bounds = ((-1.0, 1.0), (-1.0, 1.0))
    z = two_clouds(90).float()
    grid = lg.GridMetric(metric, bounds, 33)
    found = lg.locally_adaptive_mixture(metric, z, 2, generator=torch.Generator().manual_seed(1), grid=grid, size=65)
    assert found.means.dtype == found.responsibilities.dtype == torch.float32
    even = torch.linspace(-1, 1, 81, dtype=torch.float64)
    density = found.log_density(torch.cartesian_prod(even, even), latent=True).exp().view(81, 81)
    whole = torch.trapezoid(torch.trapezoid(density, even, dim=1), even)
    assert float(whole) == pytest.approx(1, abs=0.02)


def test_each_round_makes_the_points_likelier() -> None:
    metric, z = sphere().metric, two_clouds(90)
    grid = lg.GridMetric(metric, ((-1.0, 1.0), (-1.0, 1.0)), 33)
    start = torch.tensor([[0.2, 0.0], [0.3, -0.1]], dtype=torch.float64)
    reached = [
        float(
            lg.locally_adaptive_mixture(metric, z, 2, start=start, grid=grid, size=65, max_iterations=n).log_likelihood
        )
        for n in (1, 2, 4, 8)
    ]
    assert all(after > before - 1e-3 for before, after in itertools.pairwise(reached))
    assert reached[-1] > reached[0]
    with pytest.raises(lg.GeodesicError, match="the mixture did not converge: the last of 1 rounds"):
        lg.locally_adaptive_mixture(metric, z, 2, start=start, grid=grid, size=65, max_iterations=1, throw=True)


def test_a_law_that_the_mesh_does_not_resolve_is_no_answer() -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(400, 2, generator=generator, dtype=torch.float64)
    z[200:] = 0.02 * z[200:] + torch.tensor([3.0, 0.0], dtype=torch.float64)
    metric = lg.FunctionMetric(lambda points: torch.eye(2, dtype=points.dtype).expand(len(points), 2, 2))
    found = lg.locally_adaptive_mixture(metric, z, 2, start=[[0.0, 0.0], [3.0, 0.0]], size=65, max_iterations=6)
    assert found.outcome is lg.Outcome.MAX_ITERATIONS


@pytest.mark.usefixtures("unchecked")
def test_what_is_refused() -> None:
    metric, z, generator = affine(2).metric, two_clouds(30), torch.Generator()
    mixture = lg.locally_adaptive_mixture
    with pytest.raises(ValueError, match=r"z must be \(points, 2\)"):
        mixture(affine(3).metric, torch.zeros(9, 3).double(), 2, generator=generator)
    with pytest.raises(ValueError, match="components must be from 1 to a third of the 30 points; got 11"):
        mixture(metric, z, 11, generator=generator)
    with pytest.raises(ValueError, match="generator must be given"):
        mixture(metric, z, 2)
    with pytest.raises(ValueError, match=r"start must be finite, \(2, 2\); got \(2,\)"):
        mixture(metric, z, 2, start=[0.0, 0.0])
    with pytest.raises(ValueError, match="start must be within the cache's bounds"):
        mixture(metric, z, 2, start=[[0.0, 0.0], [9.0, 0.0]])
    with pytest.raises(ValueError, match="z must have three points that are not on one line"):
        mixture(metric, z[:, :1].expand(-1, 2), 2, generator=generator)
    with pytest.raises(ValueError, match="max_iterations must be 1 or more"):
        mixture(metric, z, 2, generator=generator, max_iterations=0)
    apart = torch.cat([z, torch.tensor([[1.9, 1.9], [1.95, 1.9]], dtype=torch.float64)])
    with pytest.raises(lg.GeodesicError, match="component 1 has lost its points: 2 of them are left"):
        mixture(metric, apart, 2, start=[[0.2, 0.0], [1.9, 1.9]])
    line = torch.cat([z, torch.tensor([[1.8, 1.9], [1.9, 1.9], [2.0, 1.9], [1.7, 1.9]], dtype=torch.float64)])
    with pytest.raises(lg.GeodesicError, match="component 1 has points on one line alone"):
        mixture(metric, line, 2, start=[[0.2, 0.0], [1.85, 1.9]])
