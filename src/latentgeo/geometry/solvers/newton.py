"""Damped Newton's method for the energy of spline curves under a cached metric, batched over pairs.

Each pair has its own damping (Levenberg and Marquardt, with the Hessian's convex part as the scale), leaves the batch
when it has converged, and never takes a step that makes its energy larger.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.spline_energy import Curvature, EnergyGradient, Weight, curvature_of_jet, hessian

__all__ = ["Descent", "factorise", "newton"]

_LARGEST_DAMPING = 1e8


@dataclass(frozen=True)
class Descent:
    """Where a minimisation ended.

    Attributes:
        control: Control points, (pairs, control, latent).
        residual: (pairs,), estimated relative excess length over the nearest geodesic: half that of the energy.
        iterations: (pairs,), integers.
        converged: (pairs,), whether the residual is below the tolerance.
    """

    control: Tensor
    residual: Tensor
    iterations: Tensor
    converged: Tensor


@torch.no_grad()
def newton(
    metric: Metric,
    control: Float[Tensor, "pairs control latent"],
    basis: Basis,
    weight: Weight,
    tolerance: float = 1e-9,
    max_iterations: int = 100,
    damping: float = 0.1,
) -> Descent:
    """Minimise the energy under a cached metric.

    Args:
        metric: The cached metric; its derivatives make the Hessian exact.
        control: Where to start; not modified.
        basis: The splines' basis at its quadrature nodes.
        weight: Of every node.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Hessians at most.
        damping: Where to start; 0 is the plain Newton step.
    """
    final = control.clone()
    pairs = len(control)
    residual = control.new_full((pairs,), float("inf"))
    iterations = torch.zeros(pairs, dtype=torch.long, device=control.device)
    active = torch.arange(pairs, device=control.device)
    mu = control.new_full((pairs,), damping)
    here, curvature = curvature_of_jet(metric, control, basis, weight)
    for _ in range(max_iterations):
        factor, mu = factorise(curvature, basis, mu)
        g = here.gradient[:, 1:-1].reshape(len(active), -1)
        step = -torch.cholesky_solve(g.unsqueeze(2), factor).squeeze(2)
        gain = -(g * step).sum(1) / 2
        # without the damping the step, and the gain, would be larger by at most 1 + mu
        residual[active] = (1 + mu) * gain / (2 * here.value.clamp(min=torch.finfo(g.dtype).tiny))
        going = (residual[active] > tolerance) & (mu < _LARGEST_DAMPING)
        if not bool(going.any()):
            break
        if not bool(going.all()):
            active, control, weight, mu, step, gain = (a[going] for a in (active, control, weight, mu, step, gain))
            here, curvature = _select(here, curvature, going)
        iterations[active] += 1
        trial = control.clone()
        trial[:, 1:-1] += step.view(len(active), -1, control.shape[2])
        there, bent = curvature_of_jet(metric, trial, basis, weight)
        ratio = torch.nan_to_num((here.value - there.value) / gain, nan=-1.0)
        accept = ratio > 1e-3
        control = torch.where(accept[:, None, None], trial, control)
        here, curvature = _choose(accept, (there, bent), (here, curvature))
        final[active] = control
        grown = torch.where(ratio < 0.25, 5 * mu.clamp(min=1e-3), mu)
        mu = torch.where(ratio > 0.7, mu / 8, grown)
        mu = torch.where(mu < 1e-6, 0.0, mu)
    return Descent(final, residual, iterations, residual <= tolerance)


def factorise(
    curvature: Curvature, basis: Basis, damping: Float[Tensor, "pairs"]
) -> tuple[Tensor, Float[Tensor, "pairs"]]:
    """Cholesky factors of the Hessians, the damping raised for each pair until its Hessian is positive definite."""
    damping = damping.clone()
    H = hessian(curvature, basis, damping)
    factor, failed = _cholesky(H)
    for _ in range(40):
        bad = (failed > 0).nonzero().squeeze(1)
        if not len(bad):
            break
        damping[bad] = 4 * damping[bad].clamp(min=1e-2)
        factor[bad], failed[bad] = _cholesky(hessian(_curvature(curvature, bad), basis, damping[bad]))
    return factor, damping


def _cholesky(H: Tensor) -> tuple[Tensor, Tensor]:
    # where the metric is flat in a direction the convex part is singular: a ridge far below what matters
    ridge = 1e-11 * H.diagonal(dim1=1, dim2=2).abs().amax(1)
    return torch.linalg.cholesky_ex(H + torch.diag_embed(ridge[:, None].expand(-1, H.shape[1])))


def _curvature(curvature: Curvature, index: Tensor) -> Curvature:
    rest = curvature.rest
    return Curvature(curvature.convex[index], None if rest is None else (rest[0][index], rest[1][index]))


def _select(here: EnergyGradient, curvature: Curvature, index: Tensor) -> tuple[EnergyGradient, Curvature]:
    return EnergyGradient(here.value[index], here.gradient[index]), _curvature(curvature, index)


def _choose(
    accept: Tensor, new: tuple[EnergyGradient, Curvature], old: tuple[EnergyGradient, Curvature]
) -> tuple[EnergyGradient, Curvature]:
    if bool(accept.all()):
        return new

    def pick(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(accept.view(-1, *[1] * (a.ndim - 1)), a, b)

    after, before = new[1].rest, old[1].rest
    rest = None
    if after is not None and before is not None:
        rest = (pick(after[0], before[0]), pick(after[1], before[1]))
    return (
        EnergyGradient(pick(new[0].value, old[0].value), pick(new[0].gradient, old[0].gradient)),
        Curvature(pick(new[1].convex, old[1].convex), rest),
    )
