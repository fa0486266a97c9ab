"""L-BFGS for splines: the true distance in any dimension, and where scipy's own minimiser ends."""

import torch
from scipy.optimize import minimize
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis, Spline, line_control, tabulate
from latentgeo.geometry.functionals import length
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.lbfgs import lbfgs
from latentgeo.geometry.solvers.newton import Descent
from latentgeo.geometry.solvers.spline_energy import curvature_of_tensor, energy_gradient
from surfaces import Surface, affine, hyperbolic_ball

INTERVALS = 6


def solved(metric: Metric, control: Tensor, tolerance: float, most: int, told: list[float] | None = None) -> Descent:
    basis, weight = weighted(control)
    return lbfgs(
        metric,
        lambda X, W: curvature_of_tensor(metric, X, W),
        control,
        basis,
        weight,
        tolerance,
        most,
        on_step=None if told is None else lambda _, value: told.append(value),
    )


def weighted(control: Tensor) -> tuple[Basis, Tensor]:
    basis = tabulate(control.shape[1] - 3, 3, control)
    return basis, basis.weight.expand(len(control), -1, -1)


def lines(surface: Surface, pairs: int) -> tuple[Tensor, Tensor, Tensor]:
    z0, z1 = surface.ends(pairs)
    return z0, z1, line_control(z0, z1, INTERVALS)


def test_the_length_is_the_distance_in_three_dimensions() -> None:
    surface = hyperbolic_ball(3)
    z0, z1, control = lines(surface, 4)
    before, told = control.clone(), []
    found = solved(surface.metric, control, 1e-9, 60, told)
    assert bool(found.converged.all())
    torch.testing.assert_close(control, before, rtol=0, atol=0)
    torch.testing.assert_close(found.control[:, [0, -1]], control[:, [0, -1]], rtol=0, atol=0)
    torch.testing.assert_close(
        length(surface.metric, Spline(found.control)), surface.distance(z0, z1), rtol=1e-5, atol=0
    )
    assert len(told) == int(found.iterations.max()) + 1


def test_scipy_ends_at_the_same_control_points() -> None:
    surface = hyperbolic_ball(3)
    *_, control = lines(surface, 1)
    found = solved(surface.metric, control, 1e-13, 200)
    basis, weight = weighted(control)

    def energy(inner: object) -> tuple[float, object]:
        trial = control.clone()
        trial[0, 1:-1] = torch.as_tensor(inner).view(-1, 3)
        here = energy_gradient(surface.metric, trial, basis, weight)
        return float(here.value), here.gradient[0, 1:-1].flatten().numpy()

    theirs = minimize(energy, control[0, 1:-1].flatten().numpy(), jac=True, method="BFGS", options={"gtol": 1e-9})
    torch.testing.assert_close(found.control[0, 1:-1].flatten(), torch.as_tensor(theirs.x), rtol=0, atol=1e-5)


def test_a_pair_that_is_at_its_minimum_takes_no_step() -> None:
    surface = affine(2)
    z0, z1, control = lines(surface, 2)
    control[1, 1:-1] += 0.2
    found = solved(surface.metric, control, 1e-10, 20)
    assert found.iterations.tolist() == [0, 1]
    torch.testing.assert_close(found.control, line_control(z0, z1, INTERVALS), rtol=0, atol=1e-6)


def test_the_greatest_number_of_steps_is_kept_and_said() -> None:
    surface = hyperbolic_ball(3)
    *_, control = lines(surface, 3)
    found = solved(surface.metric, control, 0.0, 2)
    assert found.iterations.tolist() == [2, 2, 2]
    assert not found.converged.any()
    basis, weight = weighted(control)
    before, after = (energy_gradient(surface.metric, X, basis, weight).value for X in (control, found.control))
    assert bool((after < before).all())
