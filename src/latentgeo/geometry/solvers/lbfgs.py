"""Preconditioned L-BFGS for the energy of spline curves under any metric, batched over pairs.

Nocedal and Wright 2006, algorithms 7.4 and 3.1. The initial inverse Hessian is not a multiple of the identity but that
of a model: a cached metric's exact Hessian, or the energy's convex part. With a good cache a few steps
do. Each pair has its own step length and leaves the batch when it has converged.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.newton import Descent
from latentgeo.geometry.solvers.preconditioner import Preconditioner, preconditioner
from latentgeo.geometry.solvers.spline_energy import Curvature, Weight, energy_gradient

__all__ = ["lbfgs"]

_HALVINGS = 12


def lbfgs(
    metric: Metric,
    model: Callable[[Tensor, Tensor], Curvature],
    control: Float[Tensor, "pairs control latent"],
    basis: Basis,
    weight: Weight,
    tolerance: float,
    max_iterations: int,
    memory: int = 8,
    refresh: int = 12,
    on_step: Callable[[int, float], None] | None = None,
) -> Descent:
    """Minimise the energy under any metric.

    Args:
        metric: The metric; only `squared_speed` and its gradient are asked for.
        model: Control points and weights to the second derivatives to precondition with.
        control: Where to start; not modified.
        basis: The splines' basis at its quadrature nodes.
        weight: Of every node.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Steps at most.
        memory: How many steps are remembered.
        refresh: Make the model anew, and forget the steps, after so many.
        on_step: Told the step and the mean root energy over the pairs that are left.
    """
    final = control.detach().clone()
    pairs, _, latent = control.shape
    residual = control.new_full((pairs,), float("inf"))
    iterations = torch.zeros(pairs, dtype=torch.long, device=control.device)
    active = torch.arange(pairs, device=control.device)
    X = final.clone()
    found = energy_gradient(metric, X, basis, weight)
    E, g = found.value, found.gradient[:, 1:-1].flatten(1)
    S, Y = X.new_zeros(0, pairs, g.shape[1]), X.new_zeros(0, pairs, g.shape[1])
    factor = preconditioner(model(X, weight), basis)
    for step in range(max_iterations + 1):
        if step and step % refresh == 0:
            factor = preconditioner(model(X, weight), basis)
            S, Y = S[:0], Y[:0]
        p = _direction(g, S, Y, factor)
        slope = (g * p).sum(1)
        residual[active] = -slope / (4 * E.clamp(min=torch.finfo(E.dtype).tiny))
        going = residual[active] > tolerance
        if on_step is not None:
            on_step(step, float(E.clamp(min=0).sqrt().mean()))
        if step == max_iterations or not bool(going.any()):
            break
        if not bool(going.all()):
            active, X, weight, E, g, p = (a[going] for a in (active, X, weight, E, g, p))
            slope, factor = slope[going], factor.select(going)
            S, Y = S[:, going], Y[:, going]
        iterations[active] += 1
        X_new, E_new, g_new = _search(metric, basis, weight, X, E, g, p.view(len(X), -1, latent), slope)
        s, y = (X_new - X)[:, 1:-1].flatten(1), g_new - g
        moved = s.abs().amax(1) > 0
        X, E, g = X_new, E_new, g_new
        final[active] = X
        S, Y = torch.cat([S, s[None]])[-memory:], torch.cat([Y, y[None]])[-memory:]
        if not bool(moved.any()):
            break
        if not bool(moved.all()):
            # no step along a descent direction made it shorter: as good as the arithmetic allows
            active, X, weight, E, g = (a[moved] for a in (active, X, weight, E, g))
            factor = factor.select(moved)
            S, Y = S[:, moved], Y[:, moved]
    return Descent(final, residual, iterations, residual <= tolerance)


def _direction(g: Tensor, S: Tensor, Y: Tensor, factor: Preconditioner) -> Tensor:
    """The two-loop recursion for every pair; a remembered step of non-positive curvature is passed over."""
    sy = (S * Y).sum(2)
    usable = sy > 1e-12 * S.norm(dim=2) * Y.norm(dim=2)
    rho = torch.where(usable, 1 / torch.where(usable, sy, 1.0), 0.0)
    q = g.clone()
    shares = []
    for i in reversed(range(len(S))):
        share = rho[i] * (S[i] * q).sum(1)
        q = q - share[:, None] * Y[i]
        shares.append(share)
    r = factor.divide(q)
    for i, share in zip(range(len(S)), reversed(shares), strict=True):
        r = r + S[i] * (share - rho[i] * (Y[i] * r).sum(1))[:, None]
    downhill = ((r * g).sum(1) > 0).unsqueeze(1)
    return -r if bool(downhill.all()) else -torch.where(downhill, r, factor.divide(g))


def _search(
    metric: Metric, basis: Basis, weight: Tensor, X: Tensor, E: Tensor, g: Tensor, p: Tensor, slope: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Backtracking for each pair until its energy falls enough; a pair that finds no such step stays."""
    X, E, g = X.clone(), E.clone(), g.clone()
    start, level = X.clone(), E.clone()
    pending = torch.arange(len(X), device=X.device)
    length = X.new_ones(len(X))
    for _ in range(_HALVINGS):
        trial = start[pending].clone()
        trial[:, 1:-1] += length[pending, None, None] * p[pending]
        found = energy_gradient(metric, trial, basis, weight[pending])
        enough = found.value <= level[pending] + 1e-4 * length[pending] * slope[pending]
        took = pending[enough]
        X[took], E[took], g[took] = trial[enough], found.value[enough], found.gradient[enough, 1:-1].flatten(1)
        # the minimum of the parabola through both values and the slope, within [0.1, 0.5] of the step
        a = length[pending]
        drop = found.value - level[pending] - a * slope[pending]
        best = torch.nan_to_num(-slope[pending] * a / (2 * drop), nan=0.1).clamp(0.1, 0.5)
        length[pending] = a * best
        pending = pending[~enough]
        if not len(pending):
            break
    return X, E, g
