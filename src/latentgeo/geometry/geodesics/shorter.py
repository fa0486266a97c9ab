"""Solved curves against straight lines: no curve that is returned is longer than its line."""

import torch
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Patched
from latentgeo.geometry.functionals import Measurement, measure, merged
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["better", "compared"]

# lengths that differ by less are equal
_EQUAL = 1e-7
# a length that is less well known is no answer
_UNKNOWN = 0.1


def compared(metric: Metric, line: Line, apart: Tensor, found: Measurement) -> Measurement:
    """The lines' lengths, roughly where a curve is shorter than its line beyond doubt."""
    baseline = measure(metric, line, pieces=16)
    clear = found.length + found.error + baseline.error[apart] < baseline.length[apart]
    doubt = torch.ones(len(line.z0), dtype=torch.bool)
    doubt[apart[clear]] = False
    near = doubt.nonzero().squeeze(1)
    return merged(baseline, measure(metric, line.select(near)), near) if len(near) else baseline


def better(
    line: Line, baseline: Measurement, apart: Tensor, found: Candidate, measured: Measurement
) -> tuple[Candidate, Measurement]:
    """The solver's curves where they are shorter than the line, the line elsewhere."""
    pairs = len(line.z0)
    straight = baseline.length[apart]
    # a NaN length is not shorter
    wins = measured.length <= straight * (1 + _EQUAL)
    curve: Curve = found.curve
    if len(apart) < pairs or not bool(wins.all()):
        number = torch.full((pairs,), -1)
        number[apart[wins]] = wins.nonzero().squeeze(1)
        curve = Patched(line, found.curve, number)
    outcome = [Outcome.CONVERGED] * pairs
    residual = straight.new_zeros(pairs)
    iterations = torch.zeros(pairs, dtype=torch.long)
    residual[apart], iterations[apart] = found.residual, found.iterations.to(iterations)
    for k, pair in enumerate(apart.tolist()):
        finite = bool(torch.isfinite(measured.length[k]))
        lost = Outcome.LINE_IS_SHORTER if finite else Outcome.DIVERGED
        outcome[pair] = found.outcome[k] if wins[k] or found.outcome[k] is Outcome.DIVERGED else lost
        if outcome[pair] is Outcome.CONVERGED and measured.error[k] > _UNKNOWN * measured.length[k]:
            outcome[pair] = Outcome.MAX_ITERATIONS

    def merge(base: Tensor, new: Tensor) -> Tensor:
        base = base.clone()
        base[apart[wins]] = new[wins]
        return base

    merged = Measurement(
        torch.minimum(merge(baseline.length, measured.length), baseline.length),
        merge(baseline.error, measured.error),
        merge(baseline.max_velocity, measured.max_velocity),
    )
    return Candidate(curve, outcome, residual, iterations, found.solver), merged
