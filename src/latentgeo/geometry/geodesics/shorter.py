"""Solved curves against straight lines and against what they began with: none is longer than these."""

from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, Line, Patched
from latentgeo.geometry.functionals import Measurement, measure, merged
from latentgeo.geometry.metrics.bounds import Bounds, open_bounds
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.wall import MARGIN
from latentgeo.geometry.solution import Candidate, Outcome

__all__ = ["better", "compared", "no_longer"]

# lengths that differ by less are equal
_EQUAL = 1e-7
# pieces of a line that is looked at roughly, with a cache and without
_ROUGHLY, _FEW = 16, 4
# a curve that is longer than its start by a larger share has not come to rest
_RESTED = 1e-5
_RESTING = (Outcome.CONVERGED, Outcome.UNCERTIFIED, Outcome.BOUNDED, Outcome.DIVERGED)
# even times at which a curve is looked for beyond a box
_SEEN = 65
# a length that is less well known is no answer
_UNKNOWN = 0.1


def no_longer(
    metric: Metric, start: Curve, found: Candidate, measured: Measurement, bounds: Bounds | None
) -> tuple[Candidate, Measurement]:
    """The solver's curves, but where these are longer than those that they began with: there the start.

    Args:
        metric: The metric.
        start: What the solver began with.
        found: Its curves.
        measured: Their lengths.
        bounds: What curves are kept to, or None: a start that leaves them does not count.
    """
    pairs = torch.arange(len(measured.length), device=measured.length.device)
    cache = None if found.cached is None else cache_of(found.cached)
    # beyond its box a cache knows nothing
    known = cache is None or bool(_keeps_to(start, cache.bounds, metric).all())
    begun = compared(metric, start, pairs, measured, found.cached if known else None)
    # a NaN length is longer than any
    lost = (begun.length < measured.length) | (torch.isfinite(begun.length) & ~torch.isfinite(measured.length))
    lost &= _keeps_to(start, bounds, metric)
    if not bool(lost.any()):
        return found, measured
    far = lost & ~(begun.length >= measured.length * (1 - _RESTED))
    outcome = [
        Outcome.MAX_ITERATIONS if moved and word in _RESTING else word
        for moved, word in zip(far.tolist(), found.outcome, strict=True)
    ]
    index = lost.nonzero().squeeze(1)
    number = torch.full_like(pairs, -1).index_copy(0, index, torch.arange(len(index), device=index.device))
    found = replace(found, curve=Patched(found.curve, start.select(index), number), outcome=outcome)
    theirs = Measurement(begun.length[index], begun.error[index], begun.max_velocity[index])
    return found, merged(measured, theirs, index)


def _keeps_to(curve: Curve, bounds: Bounds | None, metric: Metric) -> Bool[Tensor, "pairs"]:
    """Which curves are within a box, up to the softness of its wall; all of them where there is none."""
    z = curve(torch.linspace(0, 1, _SEEN, dtype=curve.dtype, device=curve.breaks.device)).detach()
    if bounds is None or z.shape[2] != 2:
        return torch.ones_like(z[:, 0, 0], dtype=torch.bool)
    low, high = z.new_tensor(open_bounds(bounds, metric.periods)).T
    soft = MARGIN * (high - low).nan_to_num(posinf=0.0)
    return ((z >= low - soft) & (z <= high + soft)).flatten(1).all(1)


def compared(
    metric: Metric, line: Curve, apart: Tensor, found: Measurement, cached: Metric | None = None
) -> Measurement:
    """The lines' lengths, roughly, or on a cache, where a curve is shorter than its line beyond doubt."""
    cache = None if cached is None else cache_of(cached)
    baseline = measure(cached or metric, line, pieces=_FEW if cached is None else _ROUGHLY)
    unsure = 0 if cache is None else cache.interpolation_error * baseline.length
    baseline = replace(baseline, error=baseline.error + unsure)
    if len(near := _doubtful(baseline, apart, found)) and cached is not None:
        rough = measure(metric, line.select(near), pieces=_ROUGHLY, thorough=False, cached=cached)
        baseline = merged(baseline, rough, near)
        near = _doubtful(baseline, apart, found)
    # what may be returned is measured as well as can be
    return merged(baseline, measure(metric, line.select(near)), near) if len(near) else baseline


def _doubtful(baseline: Measurement, apart: Tensor, found: Measurement) -> Tensor:
    """Which lines may be as short as the curve."""
    clear = found.length + found.error + baseline.error[apart] < baseline.length[apart]
    doubt = torch.ones(len(baseline.length), dtype=torch.bool, device=apart.device)
    doubt[apart[clear]] = False
    return doubt.nonzero().squeeze(1)


def better(
    line: Line, baseline: Measurement, apart: Tensor, found: Candidate, measured: Measurement
) -> tuple[Candidate, Measurement]:
    """The solver's curves where they are shorter than the line, the line elsewhere."""
    pairs = len(line.z0)
    straight = baseline.length[apart]
    # a NaN length is not shorter, nor is any than a finite one
    wins = torch.isfinite(measured.length) & ~(measured.length > straight * (1 + _EQUAL))
    curve: Curve = found.curve
    if len(apart) < pairs or not bool(wins.all()):
        number = torch.full((pairs,), -1, device=apart.device)
        number[apart[wins]] = wins.nonzero().squeeze(1)
        curve = Patched(line, found.curve, number)
    outcome = [Outcome.CONVERGED] * pairs
    residual = straight.new_zeros(pairs)
    iterations = torch.zeros(pairs, dtype=torch.long, device=apart.device)
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
        torch.fmin(merge(baseline.length, measured.length), baseline.length),
        merge(baseline.error, measured.error),
        merge(baseline.max_velocity, measured.max_velocity),
    )
    return Candidate(curve, outcome, residual, iterations, found.solver), merged
