"""Damped Newton and Gauss-Newton steps on a discrete energy, batched over pairs.

Levenberg 1944, Marquardt 1963. A pair steps by the whole Hessian where this is positive definite and by its positive
semi-definite part alone elsewhere; each has its own damping, whose scale is that part, leaves the batch when it has
converged, and never takes a step that makes its energy larger.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.solution import OnStep
from latentgeo.geometry.solvers.block_tridiagonal import solve
from latentgeo.geometry.solvers.damping import Damped, Rule, proposal, tried
from latentgeo.geometry.solvers.descent import Descent, Proposal, descend
from latentgeo.geometry.solvers.discrete_energy import DiscreteEnergy, Quadratic

__all__ = ["levenberg_marquardt"]

_RULE = Rule(growth=8.0, first=0.1, decline=10.0, least=1e-4)
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
    on_step: OnStep | None = None,
) -> Descent:
    """Minimise the energy over the inner nodes.

    Args:
        energy: With its derivatives.
        nodes: Where to start; not modified.
        tolerance: Stop a pair whose estimated relative excess length is below.
        max_iterations: Steps at most.
        on_step: Told the step and the mean root energy over the pairs that are left.
    """

    def propose(state: Damped[Quadratic]) -> tuple[Damped[Quadratic], Proposal]:
        step = _step(state.model, state.damping)
        return state, proposal(step, state.model.gradient, state.damping)

    def take(state: Damped[Quadratic], proposed: Proposal) -> Damped[Quadratic]:
        return tried(state, proposed, lambda nodes, _: energy(nodes), _RULE)

    start = Damped(nodes, energy(nodes), nodes.new_zeros(len(nodes)))
    return descend(start, propose, take, tolerance, max_iterations, on_step)


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
