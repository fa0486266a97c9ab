"""The energy of spline curves and its derivatives, against scipy's splines and quadrature, and automatic ones."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad_vec
from scipy.interpolate import BSpline
from torch import Tensor
from torch.autograd.functional import hessian as automatic_hessian

import latentgeo as lg
from dense_matrix import dense
from latentgeo.geometry.curves.spline import Spline, line_control, tabulate
from latentgeo.geometry.solvers.spline_energy import (
    curvature_of_jet,
    curvature_of_tensor,
    damped,
    energy_gradient,
    hessian,
    nodes_of,
)
from surfaces import affine, draw, hyperbolic, sphere

INTERVALS = 4


def bent(metric: str = "hyperbolic", pairs: int = 3) -> Tensor:
    """Control points of curves that are far from geodesics."""
    surface = {"hyperbolic": hyperbolic, "sphere": sphere, "affine": lambda: affine(2)}[metric]()
    control = line_control(*surface.ends(pairs), INTERVALS)
    control[:, 1:-1] += 0.1 * draw(pairs * (INTERVALS + 1), 2, -1, 1, seed=3)[0].view(pairs, -1, 2)
    return control


def test_the_energy_is_scipys_integral_over_scipys_spline() -> None:
    control = bent()
    basis = tabulate(INTERVALS, 12, control)
    found = energy_gradient(hyperbolic().metric, control, basis, basis.weight.expand(3, -1, -1)).value
    knots = np.concatenate([np.zeros(3), np.linspace(0, 1, INTERVALS + 1), np.ones(3)])
    for value, points in zip(found.tolist(), control.numpy(), strict=True):
        curve = BSpline(knots, points, 3)
        speed = curve.derivative()
        expected, _ = quad_vec(lambda t, z=curve, v=speed: (v(t) ** 2).sum() / z(t)[1] ** 2, 0, 1, epsrel=1e-8)
        assert value == pytest.approx(float(expected), rel=1e-7)


def test_nodes_are_points_and_velocities_of_the_curve() -> None:
    control = bent()
    basis = tabulate(INTERVALS, 3, control)
    z, v = nodes_of(control, basis)
    torch.testing.assert_close(z.flatten(1, 2), Spline(control)(basis.t.flatten()))
    torch.testing.assert_close(v.flatten(1, 2), Spline(control).derivative(basis.t.flatten()))


@pytest.mark.parametrize("name", ["hyperbolic", "sphere"])
def test_gradient_and_hessian_are_those_of_automatic_differentiation(name: str) -> None:
    metric = {"hyperbolic": hyperbolic, "sphere": sphere}[name]().metric
    control = bent(name, 1)
    basis = tabulate(INTERVALS, 4, control)
    weight = basis.weight * torch.linspace(0.5, 1.5, INTERVALS, dtype=torch.float64)[:, None]

    def energy(inner: Tensor) -> Tensor:
        whole = torch.cat([control[:, :1], inner.view(1, -1, 2), control[:, -1:]], 1)
        z, v = nodes_of(whole, basis)
        return torch.einsum("n,ni,nij,nj->", weight.flatten(), v.view(-1, 2), metric(z.view(-1, 2)), v.view(-1, 2))

    inner = control[:, 1:-1].flatten().requires_grad_()
    (slope,) = torch.autograd.grad(energy(inner), inner)
    bend = automatic_hessian(energy, inner.detach())
    by_jet, curvature = curvature_of_jet(metric, control, basis, weight[None])
    for found in (by_jet, energy_gradient(metric, control, basis, weight[None])):
        assert float(found.value) == pytest.approx(float(energy(inner.detach())))
        torch.testing.assert_close(found.gradient[0, 1:-1].flatten(), slope)
        assert not found.gradient[:, [0, -1]].any()
    H = dense(hessian(curvature, basis, torch.zeros(1, dtype=torch.float64)))
    torch.testing.assert_close(H[0], torch.as_tensor(bend), rtol=1e-7, atol=1e-9)


def test_pairs_in_pieces_are_those_together() -> None:
    class Narrow(lg.FunctionMetric):
        @property
        def points_at_once(self) -> int:
            return 1

    control, whole = bent(), hyperbolic().metric
    basis = tabulate(INTERVALS, 3, control)
    weight = basis.weight.expand(3, -1, -1)
    here, there = (energy_gradient(m, control, basis, weight) for m in (whole, Narrow(whole)))
    torch.testing.assert_close(here.value, there.value)
    torch.testing.assert_close(here.gradient, there.gradient)


def test_under_a_flat_metric_the_convex_part_is_all_and_its_step_is_the_straight_line() -> None:
    metric, control = affine(2).metric, bent("affine")
    basis = tabulate(INTERVALS, 3, control)
    weight = basis.weight.expand(3, -1, -1)
    none = torch.zeros(3, dtype=torch.float64)
    H = dense(hessian(curvature_of_tensor(metric, control, weight), basis, none))
    torch.testing.assert_close(H, dense(hessian(curvature_of_jet(metric, control, basis, weight)[1], basis, none)))
    g = energy_gradient(metric, control, basis, weight).gradient[:, 1:-1].flatten(1)
    stepped = control[:, 1:-1].flatten(1) - torch.linalg.solve(H, g)
    line = line_control(control[:, 0], control[:, -1], INTERVALS)
    torch.testing.assert_close(stepped, line[:, 1:-1].flatten(1))


def test_damping_adds_a_round_positive_part() -> None:
    flat = torch.zeros(2, 1, 1, 2, 2, dtype=torch.float64)
    flat[..., 0, 0] = 1
    mu = torch.tensor([0.0, 0.5], dtype=torch.float64)
    found = damped(flat, mu)
    torch.testing.assert_close(found[0], flat[0])
    assert float(torch.linalg.eigvalsh(found[1, 0, 0])[0]) > 0
