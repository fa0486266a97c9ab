"""Damped Newton and Gauss-Newton steps on a discrete energy, batched over pairs.

Levenberg 1944, Marquardt 1963. A pair steps by the whole Hessian where this is positive definite and by its positive
semi-definite part alone elsewhere; each has its own damping, whose scale is that part, leaves the batch when it has
converged, and never takes a step that makes its energy larger.
"""

from collections.abc import Callable
from dataclasses import fields

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.solvers.block_tridiagonal import solve
from latentgeo.geometry.solvers.discrete_energy import DiscreteEnergy, Quadratic
from latentgeo.geometry.solvers.newton import Descent

__all__ = ["levenberg_marquardt"]

_LARGEST_DAMPING = 1e8
_SMALLEST_DAMPING = 1e-4
# of the damping, by the metric's trace at the node and along the curve: keeps steps short where the metric is flat
_ROUND_HERE, _ROUND_ALONG = 0.3, 0.03
# where the metric is flat the matrix is singular: a ridge far below what matters
_RIDGE = 1e-12


@torch.no_grad()
def levenberg_marquardt(
    energy: DiscreteEnergy,
    nodes: Float[Tensor, "pairs nodes latent"],
    tolerance: float,
    max_iterations: int,
    on_step: Callable[[int, float], None] | None = None,
) -> Descent:
    """Minimise the energy over the inner nodes.

    Args:
        energy: With its derivatives.
        nodes: Where to start; not modified.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Steps at most.
        on_step: Told the step and the mean root energy over the pairs that are left.
    """
    final = nodes.clone()
    pairs = len(nodes)
    residual = nodes.new_full((pairs,), float("inf"))
    iterations = torch.zeros(pairs, dtype=torch.long, device=nodes.device)
    active = torch.arange(pairs, device=nodes.device)
    mu = nodes.new_zeros(pairs)
    here = energy(nodes)
    for count in range(max_iterations + 1):
        step = _step(here, mu)
        gain = -(here.gradient * step).sum((1, 2)) / 2
        residual[active] = (1 + mu) * gain / (2 * here.value.clamp(min=torch.finfo(gain.dtype).tiny))
        if on_step is not None:
            on_step(count, float(here.value.clamp(min=0).sqrt().mean()))
        going = (residual[active] > tolerance) & (mu < _LARGEST_DAMPING)
        if count == max_iterations or not bool(going.any()):
            break
        if not bool(going.all()):
            active, nodes, mu, step, gain = (a[going] for a in (active, nodes, mu, step, gain))
            here = here.select(going)
        iterations[active] += 1
        trial = nodes.clone()
        trial[:, 1:-1] += step
        there = energy(trial)
        ratio = torch.nan_to_num((here.value - there.value) / gain, nan=-1.0)
        accept = ratio > 1e-3
        nodes = torch.where(accept[:, None, None], trial, nodes)
        here = _choose(accept, there, here)
        final[active] = nodes
        grown = torch.where(ratio < 0.25, (8 * mu).clamp(min=0.1), mu)
        mu = torch.where(ratio > 0.7, mu / 10, grown)
        mu = torch.where(mu < _SMALLEST_DAMPING, 0.0, mu)
    return Descent(final, residual, iterations, residual <= tolerance)


def _step(here: Quadratic, mu: Tensor) -> Tensor:
    """Newton's damped step where the damped Hessian is positive definite, Gauss and Newton's elsewhere."""
    diagonal, upper = _damped(here, mu)
    step, definite = solve(diagonal + here.rest_diagonal, upper + here.rest_upper, -here.gradient)
    if bool(definite.all()):
        return step
    bad = (~definite).nonzero().squeeze(1)
    step[bad] = solve(diagonal[bad], upper[bad], -here.gradient[bad])[0]
    return step


def _damped(here: Quadratic, mu: Tensor) -> tuple[Tensor, Tensor]:
    """The positive semi-definite part with its damping and a ridge."""
    latent = here.gradient.shape[2]
    unit = torch.eye(latent, dtype=mu.dtype, device=mu.device)
    trace = here.diagonal.diagonal(dim1=2, dim2=3).sum(2) / latent
    mean = trace.mean(1, keepdim=True)
    ridge = (_RIDGE * mean)[..., None, None] * unit
    if not bool((mu > 0).any()):
        return here.diagonal + ridge, here.upper
    # half a diagonal block belongs to the step before the node, half to the one after
    half = (_ROUND_HERE * trace + _ROUND_ALONG * mean) / 2
    between = (half[:, :-1] + half[:, 1:]) / 2
    total = torch.cat([half[:, :1], between], 1) + torch.cat([between, half[:, -1:]], 1)
    mu = mu[:, None, None, None]
    return (
        (1 + mu) * here.diagonal + mu * total[..., None, None] * unit + ridge,
        (1 + mu) * here.upper - mu * between[..., None, None] * unit,
    )


def _choose(accept: Tensor, new: Quadratic, old: Quadratic) -> Quadratic:
    if bool(accept.all()):
        return new
    pairs = [(getattr(new, field.name), getattr(old, field.name)) for field in fields(Quadratic)]
    return Quadratic(*(torch.where(accept.view(-1, *[1] * (a.ndim - 1)), a, b) for a, b in pairs))
