"""The factor of the energy's Hessian, against the dense one."""

import pytest
import torch

import latentgeo as lg
from dense_matrix import dense
from latentgeo.geometry.curves.spline import Basis, tabulate
from latentgeo.geometry.solvers.batch import select
from latentgeo.geometry.solvers.preconditioner import factor, preconditioner
from latentgeo.geometry.solvers.spline_energy import Curvature, curvature_of_tensor, hessian
from surfaces import affine, draw, random_mlp


def along_curves(latent: int, intervals: int, pairs: int = 3) -> tuple[Curvature, Basis]:
    """The model of the Hessian along random curves, and their basis."""
    generator = torch.Generator().manual_seed(latent)
    control = torch.randn(pairs, intervals + 3, latent, generator=generator, dtype=torch.float64)
    basis = tabulate(intervals, 3, control)
    weight = basis.weight * (0.5 + torch.rand(pairs, intervals, 3, generator=generator, dtype=torch.float64))
    metric = lg.PullbackMetric(random_mlp(latent, 32, 3 * latent))
    return curvature_of_tensor(metric, control, weight), basis


@pytest.mark.parametrize("latent", [1, 2, 5])
@pytest.mark.parametrize("intervals", [4, 5, 6, 12, 50])
def test_dividing_is_solving_with_the_dense_hessian(latent: int, intervals: int) -> None:
    curvature, basis = along_curves(latent, intervals)
    right = draw(3, (intervals + 1) * latent, -1, 1)[0]
    bands = hessian(curvature, basis, right.new_zeros(3))
    found_factor, definite = factor(bands)
    assert bool(definite.all())
    H = dense(bands)
    found = found_factor.divide(right)
    torch.testing.assert_close((H @ found.unsqueeze(2)).squeeze(2), right, rtol=0, atol=1e-6)
    some = torch.tensor([2, 0])
    torch.testing.assert_close(select(found_factor, some).divide(right[some]), found[some])
    torch.testing.assert_close(preconditioner(curvature, basis).divide(right), found, rtol=1e-5, atol=1e-7)


def test_a_pair_that_is_not_definite_is_damped() -> None:
    curvature, basis = along_curves(5, 6)
    convex = curvature.convex.clone()
    convex[1] -= 0.3 * convex[1].diagonal(dim1=-2, dim2=-1).mean() * torch.eye(5, dtype=convex.dtype)
    none = convex.new_zeros(3)
    found, definite = factor(hessian(Curvature(convex, None), basis, none))
    assert definite.tolist() == [True, False, True]
    right = draw(3, 35, -1, 1)[0]
    down = preconditioner(Curvature(convex, None), basis).divide(right)
    assert bool(((down * right).sum(1) > 0).all())
    torch.testing.assert_close(down[0], found.divide(right)[0])


def test_many_dimensions_are_as_good() -> None:
    surface = affine(96, obs=200)
    z0, z1 = surface.ends(4)
    found = lg.geodesic(surface.metric, z0, z1, lg.SplineCurve())
    assert found.outcome == [lg.Outcome.CONVERGED] * 4
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-9, atol=0)
