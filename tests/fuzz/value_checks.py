"""What the library says of a decoder against differences of its values, within what these and rounding allow."""

import torch
from torch import Tensor

from fuzz.value_differences import Derivatives

__all__ = ["USELESS", "check_christoffel", "check_curvature", "check_gradient", "check_tensor", "close"]

USELESS = 1e-3
"""A reference with a greater error than this, of the largest entry, is none."""


def check_tensor(found: Tensor, known: Derivatives, good: float) -> None:
    """G = J^T J, to a share `good` of its largest entry."""
    slope, outputs = known.slope, known.J.shape[1]
    close("G", found, known.J.mT @ known.J, (good * slope + 2 * known.J_error) * slope * outputs)


def check_gradient(found: Tensor, v: Tensor, known: Derivatives, good: float, scale: float) -> None:
    """The gradient of v^T G(z) v with respect to z, which is 2 <J v, H v>."""
    J, H = known.J, known.H
    expected = 2 * torch.einsum("boi,bi,bojk,bj->bk", J, v, H, v)
    slope, bend = known.slope, known.bend + known.slope / scale
    honest = known.J_error * bend + known.H_error * slope
    size = J.shape[1] * float(v.abs().sum(1).max()) ** 2
    close("the gradient of a squared speed", found, expected, 2 * (good * slope * bend + honest) * size)


def check_christoffel(found: Tensor, known: Derivatives, good: float, scale: float) -> None:
    """Lowered, G Gamma = J^T H: dividing by G would multiply all errors by its condition number.

    NaN only where G is singular.
    """
    J, H = known.J, known.H
    G = J.mT @ J
    slope, bend = known.slope, known.bend + known.slope / scale
    for at, gamma in enumerate(found):
        if bool(gamma.isnan().any()):
            assert _condition(G[at]) > 1e7, f"Christoffel symbols are NaN at point {at}"
            continue
        size = float(gamma.abs().max())
        lowered = torch.einsum("ok,oij->kij", J[at], H[at])
        honest = known.J_error * bend + known.H_error * slope + 2 * known.J_error * slope * size
        allowed = (good * (slope * bend + slope**2 * size) + honest) * len(J[at])
        close("lowered Christoffel symbols", torch.einsum("kl,lij->kij", G[at], gamma), lowered, allowed)


def check_curvature(found: Tensor, known: Derivatives, good: float, scale: float) -> None:
    """K det G = <N_xx, N_yy> - |N_xy|^2 by Gauss, N the part of H that is normal to the surface.

    Allowed is the tolerance times the size of these terms and the condition number of G, by whose inverse N is made.
    """
    G = known.J.mT @ known.J
    for at, curvature in enumerate(found):
        condition = _condition(G[at])
        if condition > 1e9:
            continue
        J, H = known.J[at], known.H[at].flatten(1)
        normal = (H - J @ torch.linalg.solve(G[at], J.mT @ H)).unflatten(1, (2, 2))
        expected = (normal[:, 0, 0] * normal[:, 1, 1] - normal[:, 0, 1].square()).sum()
        bend = float(H.norm()) + float(J.norm()) / scale
        error = known.H_error * len(J) ** 0.5 + known.J_error / float(J.norm()) * bend
        allowed = condition * (good * bend**2 + 4 * error * bend)
        close("curvature times det G", curvature * torch.linalg.det(G[at]), expected, allowed)


def close(what: str, found: Tensor, expected: Tensor, allowed: float) -> None:
    """Finite, and nowhere off by more than is allowed."""
    assert bool(torch.isfinite(found).all()), f"{what} is {found.tolist()}"
    miss = float((found - expected).abs().max())
    assert miss <= allowed, (
        f"{what} is off by {miss:.3g}, allowed {allowed:.3g}: {found.tolist()}, not {expected.tolist()}"
    )


def _condition(G: Tensor) -> float:
    values = torch.linalg.eigvalsh(G)
    return float(values[-1] / values[0]) if values[0] > 0 else float("inf")
