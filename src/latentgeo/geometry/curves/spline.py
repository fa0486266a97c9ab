"""Cubic B-spline curves with uniform knots, and their basis tabulated for quadrature.

The ends are clamped: the first and last control points are the curve's end points. A straight line at constant speed
has its control points at the Greville abscissae.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import BSpline
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve

__all__ = ["Basis", "Spline", "fit", "line_control", "refine", "second_rule", "tabulate"]

_DEGREE = 3


class Spline(Curve):
    """A cubic B-spline curve for each pair.

    Args:
        control: Control points, (pairs, intervals + 3, latent); the first and last are the end points.
    """

    def __init__(self, control: Float[Tensor, "pairs control latent"]) -> None:
        if control.shape[1] < 4:
            raise ValueError(f"a cubic spline needs at least 4 control points; got {control.shape[1]}")
        self.control = control

    @property
    def breaks(self) -> Tensor:
        intervals = self.control.shape[1] - _DEGREE
        return torch.linspace(0, 1, intervals + 1, dtype=self.control.dtype, device=self.control.device)

    def __call__(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        points = self._combine(t, 0)
        # the basis is one at the ends up to rounding only
        at = t.unsqueeze(-1)
        points = torch.where(at == 0, self.control[:, :1], points)
        return torch.where(at == 1, self.control[:, -1:], points)

    def derivative(self, t: Float[Tensor, "*pairs time"]) -> Float[Tensor, "pairs time latent"]:
        return self._combine(t, 1)

    def select(self, index: Tensor) -> "Spline":
        return Spline(self.control[index])

    def _combine(self, t: Tensor, order: int) -> Tensor:
        basis = _design(t.detach().reshape(-1), self.control.shape[1], order)
        if t.ndim == 1:
            return basis @ self.control
        return torch.einsum("ptk,pkd->ptd", basis.view(*t.shape, -1), self.control)


@dataclass(frozen=True)
class Basis:
    """The basis functions that live on each interval, at its quadrature nodes.

    Attributes:
        t: Nodes, (intervals, nodes).
        weight: Quadrature weights, (intervals, nodes); they add up to 1.
        local: Values and derivatives of the four local functions, (intervals, nodes, 2, 4).
    """

    t: Tensor
    weight: Tensor
    local: Tensor

    @property
    def intervals(self) -> int:
        return len(self.t)


def tabulate(intervals: int, nodes: int, like: Tensor) -> Basis:
    """The basis at the Gauss-Legendre nodes of every interval.

    Args:
        intervals: How many, at least 1.
        nodes: Quadrature nodes on each.
        like: A tensor whose dtype and device are taken.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    t = (np.arange(intervals)[:, None] + (x + 1) / 2) / intervals
    weight = np.broadcast_to(w / 2 / intervals, t.shape).copy()
    flat = torch.as_tensor(t.reshape(-1))
    local = np.empty((intervals, nodes, 2, _DEGREE + 1))
    for order in range(2):
        full = _design(flat, intervals + _DEGREE, order).numpy().reshape(intervals, nodes, -1)
        for i in range(intervals):
            local[i, :, order] = full[i, :, i : i + _DEGREE + 1]
    return Basis(*(torch.as_tensor(a).to(like) for a in (t, weight, local)))


def second_rule(basis: Basis) -> Float[Tensor, "intervals nodes"]:
    """Weights of another rule on the same nodes: the difference of the two tells how good the first is.

    It is the interpolatory one on the nodes of every four intervals, of far higher order; of every three where there
    are no fours, and otherwise of all but the first node of each interval, of lower order.
    """
    intervals, nodes = basis.t.shape
    group = next((n for n in (4, 3) if intervals % n == 0), 1)
    x = (np.polynomial.legendre.leggauss(nodes)[0] + 1) / 2
    together = (np.arange(group)[:, None] + x).reshape(-1) / group
    used = slice(1 if group == 1 else 0, None)
    powers = np.vander(together[used], increasing=True).T
    weight = np.zeros(group * nodes)
    weight[used] = np.linalg.solve(powers, 1 / np.arange(1, len(powers) + 1))
    return torch.as_tensor(weight * group / intervals).to(basis.weight).view(group, nodes).repeat(intervals // group, 1)


def line_control(
    z0: Float[Tensor, "pairs latent"], z1: Float[Tensor, "pairs latent"], intervals: int
) -> Float[Tensor, "pairs control latent"]:
    """Control points of straight lines at constant speed."""
    control = z0[:, None] + _greville(intervals, z0)[:, None] * (z1 - z0)[:, None]
    control[:, 0], control[:, -1] = z0, z1
    return control


def fit(points: Float[Tensor, "pairs time latent"], intervals: int) -> Float[Tensor, "pairs control latent"]:
    """Control points of the least-squares splines through points at even times, both ends met."""
    times = torch.linspace(0, 1, points.shape[1], dtype=torch.float64)
    basis = _design(times, intervals + _DEGREE, 0).to(points)
    rest = points - basis[:, :1] * points[:, :1] - basis[:, -1:] * points[:, -1:]
    inner = torch.linalg.pinv(basis[:, 1:-1]) @ rest
    return torch.cat([points[:, :1], inner, points[:, -1:]], dim=1)


def refine(control: Float[Tensor, "pairs control latent"], intervals: int) -> Float[Tensor, "pairs finer latent"]:
    """The same curves with more intervals; exact when `intervals` is a multiple of the present number."""
    times = _greville(intervals, control)
    fine = _design(times, intervals + _DEGREE, 0).to(control)
    finer = torch.linalg.solve(fine, Spline(control)(times))
    finer[:, 0], finer[:, -1] = control[:, 0], control[:, -1]
    return finer


def _knots(intervals: int) -> np.ndarray:
    return np.concatenate([np.zeros(_DEGREE), np.linspace(0, 1, intervals + 1), np.ones(_DEGREE)])


def _greville(intervals: int, like: Tensor) -> Tensor:
    knots = _knots(intervals)
    count = intervals + _DEGREE
    return torch.as_tensor(sum(knots[k : k + count] for k in range(1, _DEGREE + 1)) / _DEGREE).to(like)


def _design(t: Tensor, control: int, order: int) -> Tensor:
    """All basis functions (order 0) or their derivatives (order 1) at times t: (time, control)."""
    at = t.clamp(0, 1).double().cpu().numpy()
    knots = _knots(control - _DEGREE)
    if order == 0:
        return torch.as_tensor(BSpline.design_matrix(at, knots, _DEGREE).toarray()).to(t)
    # the derivative of a B-spline is a difference of two of one degree less
    lower = BSpline.design_matrix(at, knots[1:-1], _DEGREE - 1).toarray()
    scaled = _DEGREE * lower / (knots[1 + _DEGREE : control + _DEGREE] - knots[1:control])
    values = np.zeros((len(at), control))
    values[:, 1:] += scaled
    values[:, :-1] -= scaled
    return torch.as_tensor(values).to(t)
