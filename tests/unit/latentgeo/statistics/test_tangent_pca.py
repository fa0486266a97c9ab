"""What tangent components are, and what is refused."""

import pytest
import torch

import latentgeo as lg
from surfaces import affine, hyperbolic_ball

SURFACE = hyperbolic_ball(3)
Z = SURFACE.ends(8)[0]


def test_components_are_orthonormal_and_variances_those_of_the_mean() -> None:
    weights = torch.arange(1.0, 9.0, dtype=torch.float64)
    mean = lg.frechet_mean(SURFACE.metric, Z, weights)
    found = lg.tangent_pca(SURFACE.metric, Z, weights=weights, mean=mean)
    G = SURFACE.metric(found.point[None])[0]
    torch.testing.assert_close(found.components @ G @ found.components.T, torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(found.variances.sum(), mean.objective, rtol=1e-4, atol=0)
    assert bool((found.variances.diff() <= 0).all())
    torch.testing.assert_close(found.scores @ found.components, mean.logarithms)
    shares = weights / weights.sum()
    torch.testing.assert_close(found.scores.T @ (shares[:, None] * found.scores), found.variances.diag())
    two = lg.tangent_pca(SURFACE.metric, Z, 2, weights=weights, mean=mean)
    torch.testing.assert_close(two.scores, found.scores[:, :2])


def test_an_exponential_along_a_component_differs_in_that_only() -> None:
    found = lg.tangent_pca(SURFACE.metric, Z, tolerance=1e-6)
    there = lg.exponential(SURFACE.metric, found.point[None], found.components[:1], 0.3).point
    step = lg.logarithm(SURFACE.metric, found.point[None], there).velocity[0]
    G = SURFACE.metric(found.point[None])[0]
    expected = torch.tensor([0.3, 0.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(found.components @ G @ step, expected, rtol=0, atol=1e-5)


def test_fewer_points_than_dimensions() -> None:
    surface = affine(4)
    found = lg.tangent_pca(surface.metric, surface.ends(2)[0])
    assert found.variances.shape == (4,)
    assert float(found.variances[1:].abs().max()) < 1e-6 * float(found.variances[0])


def test_what_is_refused() -> None:
    mean = lg.frechet_mean(SURFACE.metric, Z[:4])
    with pytest.raises(ValueError, match="components must be from 1 to the 3 latent dimensions; got 4"):
        lg.tangent_pca(SURFACE.metric, Z, 4)
    with pytest.raises(ValueError, match=r"mean must be that of the points z, \(8, 3\); it is of \(4, 3\)"):
        lg.tangent_pca(SURFACE.metric, Z, mean=mean)
    with pytest.raises(ValueError, match=r"mean: the settings \['tolerance'\]"):
        lg.tangent_pca(SURFACE.metric, Z, mean=mean, tolerance=1e-3)
    flat = lg.FunctionMetric(lambda z: torch.diag(z.new_tensor([1.0, 0.0])).expand(len(z), 2, 2))
    with pytest.raises(ValueError, match="not singular at the mean"):
        lg.tangent_pca(flat, Z[:4, :2])
