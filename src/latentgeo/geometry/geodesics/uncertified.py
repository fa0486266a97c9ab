"""Curves whose convergence nobody can vouch for."""

from dataclasses import replace

from torch import Tensor

from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["uncertified_named"]


def uncertified_named(metric: Metric, found: Candidate, pairs: Tensor) -> Candidate:
    """The candidate; of these pairs those that a solver calls converged are uncertified if the decoder has kinks.

    The metric of a piecewise linear decoder has no derivative that a residual could be told by, and a solver's steps
    can get stuck at its kinks: one was 8e-4 too long by a residual of 4e-8.
    """
    if not metric.piecewise_linear:
        return found
    outcome = list(found.outcome)
    for pair in pairs.tolist():
        if outcome[pair] is Outcome.CONVERGED:
            outcome[pair] = Outcome.UNCERTIFIED
    return replace(found, outcome=outcome)
