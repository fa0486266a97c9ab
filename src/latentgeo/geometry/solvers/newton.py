"""Damped Newton's method for the energy of spline curves under a cached metric, batched over pairs.

Each pair has its own damping (Levenberg and Marquardt, with the Hessian's convex part as the scale), leaves the batch
when it has converged, and never takes a step that makes its energy larger.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.spline import Basis
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solvers.damping import Damped, Rule, proposal, tried
from latentgeo.geometry.solvers.descent import Descent, Proposal, descend
from latentgeo.geometry.solvers.preconditioner import factorise
from latentgeo.geometry.solvers.spline_energy import Curvature, EnergyGradient, Weight, curvature_of_jet

__all__ = ["Descent", "newton"]

_RULE = Rule(growth=5.0, first=5e-3, decline=8.0, least=1e-6)


@dataclass(frozen=True)
class _Model:
    """The energy, its weight and its derivatives."""

    weight: Weight
    here: EnergyGradient
    curvature: Curvature

    @property
    def value(self) -> Tensor:
        return self.here.value


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

    def model(control: Tensor, weight: Weight) -> _Model:
        return _Model(weight, *curvature_of_jet(metric, control, basis, weight))

    def propose(state: Damped[_Model]) -> tuple[Damped[_Model], Proposal]:
        factor, mu = factorise(state.model.curvature, basis, state.damping)
        gradient = state.model.here.gradient[:, 1:-1].flatten(1)
        step = -factor.divide(gradient)
        return replace(state, damping=mu), proposal(step, gradient, mu)

    def take(state: Damped[_Model], proposed: Proposal) -> Damped[_Model]:
        return tried(state, proposed, lambda control, before: model(control, before.weight), _RULE)

    start = Damped(control, model(control, weight), control.new_full((len(control),), damping))
    return descend(start, propose, take, tolerance, max_iterations, judged=False, exact=True)
