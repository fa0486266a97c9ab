"""Newton's method for splines: in one step where the energy is quadratic, else where scipy's own minimiser ends."""

from itertools import pairwise

import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from dense_matrix import dense
from latentgeo.geometry.curves.spline import Basis, Spline, line_control, tabulate
from latentgeo.geometry.functionals import length
from latentgeo.geometry.solvers.newton import newton
from latentgeo.geometry.solvers.preconditioner import factorise
from latentgeo.geometry.solvers.spline_energy import Curvature, curvature_of_jet, energy_gradient, hessian
from surfaces import affine, draw, hyperbolic

INTERVALS = 8


def started(ends: tuple[Tensor, Tensor], wiggle: float) -> tuple[Tensor, Basis, Tensor]:
    """Control points beside the straight lines, their basis and its weights."""
    control = line_control(*ends, INTERVALS)
    pairs, count, _ = control.shape
    control[:, 1:-1] += wiggle * draw(pairs * (count - 2), 2, -1, 1, seed=5)[0].view(pairs, -1, 2)
    basis = tabulate(INTERVALS, 3, control)
    return control, basis, basis.weight.expand(pairs, -1, -1)


def test_a_quadratic_energy_takes_one_plain_step() -> None:
    surface = affine(2)
    z0, z1 = surface.ends(3)
    control, basis, weight = started((z0, z1), 0.3)
    found = newton(surface.metric, control, basis, weight, max_iterations=5, damping=0.0)
    torch.testing.assert_close(found.control, line_control(z0, z1, INTERVALS), rtol=0, atol=1e-8)
    assert found.iterations.tolist() == [1, 1, 1]
    assert bool(found.converged.all())


def test_the_minimum_is_the_distance_and_what_scipy_finds() -> None:
    surface = hyperbolic()
    z0, z1 = surface.ends(3)
    control, basis, weight = started((z0, z1), 0.1)
    before = control.clone()
    found = newton(surface.metric, control, basis, weight, 1e-12)
    assert bool(found.converged.all())
    torch.testing.assert_close(control, before, rtol=0, atol=0)
    torch.testing.assert_close(
        length(surface.metric, Spline(found.control)), surface.distance(z0, z1), rtol=1e-5, atol=0
    )
    one = control[:1]

    def energy(inner: object) -> tuple[float, object]:
        trial = one.clone()
        trial[0, 1:-1] = torch.as_tensor(inner).view(-1, 2)
        here = energy_gradient(surface.metric, trial, basis, weight[:1])
        return float(here.value), here.gradient[0, 1:-1].flatten().numpy()

    theirs = minimize(energy, one[0, 1:-1].flatten().numpy(), jac=True, method="BFGS", options={"gtol": 1e-10})
    torch.testing.assert_close(
        found.control[0, 1:-1].flatten(), torch.as_tensor(theirs.x), rtol=0, atol=1e-6 * float(one.abs().max())
    )


def test_no_step_makes_the_energy_larger() -> None:
    surface = hyperbolic()
    control, basis, weight = started(surface.ends(6), 0.8)
    found = [newton(surface.metric, control, basis, weight, 0.0, n).control for n in range(6)]
    energies = [energy_gradient(surface.metric, one, basis, weight).value for one in found]
    for earlier, later in pairwise(energies):
        assert bool((later <= earlier * (1 + 1e-12)).all())
    assert bool((energies[-1] < energies[0]).all())


def test_without_a_step_nothing_is_known() -> None:
    surface = hyperbolic()
    control, basis, weight = started(surface.ends(2), 0.1)
    found = newton(surface.metric, control, basis, weight, max_iterations=0)
    torch.testing.assert_close(found.control, control, rtol=0, atol=0)
    assert found.residual.tolist() == [float("inf")] * 2
    assert not found.converged.any()


@pytest.mark.parametrize("bad", [0, 1])
def test_an_indefinite_hessian_is_damped_and_the_other_left_alone(bad: int) -> None:
    surface = hyperbolic()
    control, basis, weight = started(surface.ends(2), 0.1)
    curvature = curvature_of_jet(surface.metric, control, basis, weight)[1]
    assert curvature.rest is not None
    zz = curvature.rest[0].clone()
    zz[bad] -= 60 * zz[bad].abs().amax() * torch.eye(2, dtype=zz.dtype)
    indefinite = Curvature(curvature.convex, (zz, curvature.rest[1]))
    factor, mu = factorise(indefinite, basis, torch.zeros(2, dtype=torch.float64))
    assert float(mu[bad]) > 0
    assert float(mu[1 - bad]) == 0
    H = dense(hessian(indefinite, basis, mu))
    right = H[:, :, 0]
    torch.testing.assert_close((H @ factor.divide(right).unsqueeze(2)).squeeze(2), right, rtol=1e-7, atol=1e-7)
