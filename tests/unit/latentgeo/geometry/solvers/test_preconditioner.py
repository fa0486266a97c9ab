"""The factor of the energy's Hessian that suits many latent dimensions, against the dense one."""

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.curves.spline import Basis, tabulate
from latentgeo.geometry.solvers import newton
from latentgeo.geometry.solvers.batch import select
from latentgeo.geometry.solvers.preconditioner import banded, preconditioner
from latentgeo.geometry.solvers.spline_energy import Curvature, curvature_of_tensor, hessian
from surfaces import affine, draw, random_mlp


def along_curves(latent: int, intervals: int, pairs: int = 3) -> tuple[Curvature, Basis]:
    """The model of the Hessian along random curves, and their basis."""
    generator = torch.Generator().manual_seed(latent)
    control = torch.randn(pairs, intervals + 3, latent, generator=generator, dtype=torch.float64)
    basis = tabulate(intervals, 3, control)
    weight = basis.weight * (0.5 + torch.rand(pairs, intervals, 3, generator=generator, dtype=torch.float64))
    metric = lg.PullbackMetric(random_mlp(latent, 32, 3 * latent))
    return curvature_of_tensor(metric, control, basis, weight), basis


@pytest.mark.parametrize("latent", [1, 2, 5])
@pytest.mark.parametrize("intervals", [4, 5, 6, 12])
def test_dividing_is_solving_with_the_dense_hessian(latent: int, intervals: int) -> None:
    curvature, basis = along_curves(latent, intervals)
    right = draw(3, (intervals + 1) * latent, -1, 1)[0]
    factor, definite = banded(curvature.convex, basis)
    assert bool(definite.all())
    H = hessian(curvature, basis, right.new_zeros(3))
    found = factor.divide(right)
    torch.testing.assert_close((H @ found.unsqueeze(2)).squeeze(2), right, rtol=0, atol=1e-6)
    some = torch.tensor([2, 0])
    torch.testing.assert_close(select(factor, some).divide(right[some]), found[some])
    # whichever is taken
    torch.testing.assert_close(preconditioner(curvature, basis).divide(right), found, rtol=1e-5, atol=1e-7)


def test_a_pair_that_is_not_definite_is_damped() -> None:
    curvature, basis = along_curves(5, 6)
    convex = curvature.convex.clone()
    convex[1] -= 0.3 * convex[1].diagonal(dim1=-2, dim2=-1).mean() * torch.eye(5, dtype=convex.dtype)
    _, definite = banded(convex, basis)
    assert definite.tolist() == [True, False, True]
    right = draw(3, 35, -1, 1)[0]
    down = preconditioner(Curvature(convex, None), basis).divide(right)
    assert bool(((down * right).sum(1) > 0).all())
    torch.testing.assert_close(down[0], banded(convex, basis)[0].divide(right)[0])


def test_no_dense_hessian_is_made_in_many_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a dense Hessian of 49 x 96 unknowns")

    monkeypatch.setattr(newton, "hessian", refuse)
    surface = affine(96, obs=200)
    z0, z1 = surface.ends(4)
    found = lg.geodesic(surface.metric, z0, z1, lg.SplineCurve())
    assert found.outcome == [lg.Outcome.CONVERGED] * 4
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-9, atol=0)
