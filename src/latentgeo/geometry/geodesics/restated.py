"""A geodesic problem as solvers see it, in balanced latent units and in boxes wide enough, and what they find."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from latentgeo.errors import NotFiniteError
from latentgeo.geometry.curves.curve import Patched
from latentgeo.geometry.functionals import Measurement, measure, merged
from latentgeo.geometry.metrics.bounds import Bounds, bounding_box
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.units import Units, balanced, in_units
from latentgeo.geometry.metrics.wall import leans
from latentgeo.geometry.periods import Periods
from latentgeo.geometry.solution import Candidate, Outcome, Problem, Solver

__all__ = ["solved"]

# margins of the boxes to try where the default one holds a curve back, as shares of the end points' own
_WIDER = (1.0, 4.0)
# straight lines of that many units at most, or its inverse at least, are some units long; and binary digits of a change
_SOME, _MOST = 64.0, {torch.float32: 30, torch.float64: 100}


def solved(solver: Solver, problem: Problem) -> tuple[Candidate, Measurement]:
    """What a solver finds, in the caller's latent units, and how long that is.

    The solver sees the problem in units in which the metric is balanced, in wider boxes where the default one holds a
    curve back, and without a cache where a box that nobody asked for leaves the metric's domain.
    """
    units = _units_for(problem)
    free = problem.grid is None and problem.bounds is None and cache_of(problem.metric) is None
    tries = [(units, problem)]
    if units is not None:
        tries.append((None, problem))
    if free:
        tries.append((units, replace(problem, cache=False)))
    while True:
        (units, problem), *tries = tries
        try:
            found, measured = _within(solver, problem, units)
            break
        except NotFiniteError:
            # a box that is wide along an axis that hardly counts, or any around these points, leaves the domain
            if not tries:
                raise
    if free and problem.data is None:
        found, measured = _in_wider_boxes(solver, problem, units, found, measured)
    return found, measured


def _within(
    solver: Solver, problem: Problem, units: Units | None, box: Bounds | None = None
) -> tuple[Candidate, Measurement]:
    """Curves found in these units, within a box in these units if there is one."""
    seen = _restated(problem, units)
    found = _bounded(solver.solve(seen if box is None else replace(seen, bounds=box)))
    if units is not None:
        curve = units.curve(found.curve, (problem.z0, problem.z1))
        cached = None if found.cached is None else in_units(found.cached, units.back)
        found = replace(found, curve=curve, bounds=None, cached=cached)
    return found, found.measured or measure(problem.metric, found.curve, cached=found.cached)


def _in_wider_boxes(
    solver: Solver, problem: Problem, units: Units | None, found: Candidate, measured: Measurement
) -> tuple[Candidate, Measurement]:
    """Curves that the box around the end points holds back, solved again in larger ones: nobody asked for a box."""
    for box in _wider_boxes(torch.cat([problem.z0, problem.z1]), units, problem.metric.periods):
        held = torch.tensor([pair for pair, outcome in enumerate(found.outcome) if outcome is Outcome.BOUNDED])
        if not len(held):
            break
        try:
            part = replace(problem, z0=problem.z0[held], z1=problem.z1[held], start=None)
            wider, length = _within(solver, part, units, box)
        except NotFiniteError:
            # the box is larger than the metric's domain
            break
        number = torch.full((len(problem.z0),), -1)
        number[held] = torch.arange(len(held))
        outcome = list(found.outcome)
        for k, pair in enumerate(held.tolist()):
            outcome[pair] = wider.outcome[k]
        residual = found.residual.index_copy(0, held, wider.residual)
        iterations = found.iterations.index_add(0, held, wider.iterations)
        curve = Patched(found.curve, wider.curve, number)
        found = replace(found, curve=curve, outcome=outcome, residual=residual, iterations=iterations)
        measured = merged(measured, length, held)
    return found, measured


def _bounded(found: Candidate) -> Candidate:
    """The candidate; curves that converged leaning on the wall around its bounds are named so."""
    if found.bounds is None:
        return found
    held = leans(found.curve, found.bounds).tolist()
    outcome = [
        Outcome.BOUNDED if at_wall and outcome in (Outcome.CONVERGED, Outcome.UNCERTIFIED) else outcome
        for outcome, at_wall in zip(found.outcome, held, strict=True)
    ]
    return replace(found, outcome=outcome)


def _units_for(problem: Problem) -> Units | None:
    """Units in which the metric is balanced near the straight lines, and these are some units long.

    None if both is so in the present ones, or where a coordinate is periodic. A box that somebody gave, or a cache's,
    remains a box.
    """
    if problem.metric.periods is not None:
        return None
    boxed = problem.grid is not None or problem.bounds is not None or cache_of(problem.metric) is not None
    share = torch.linspace(0, 1, 5, dtype=problem.z0.dtype, device=problem.z0.device)[:, None]
    lines = problem.z0[:, None] + share * (problem.z1 - problem.z0)[:, None]
    units = balanced(problem.metric, lines.flatten(0, 1), axes=boxed and problem.z0.shape[1] == 2)
    step = problem.z1 - problem.z0
    long = (step if units is None else units.new(step)).norm(dim=1).median().item()
    if units is None and 1 / _SOME <= long <= _SOME:
        return None
    most = _MOST[step.dtype]
    digits = min(max(round(math.log2(long)), -most), most) if 0 < long < math.inf else 0
    return (units or Units.same(step)).times(2.0**digits)


def _restated(problem: Problem, units: Units | None) -> Problem:
    """The same problem in other latent units."""
    if units is None:
        return problem
    metric, ends = in_units(problem.metric, units), (units.new(problem.z0), units.new(problem.z1))
    data = None if problem.data is None else units.new(problem.data)
    grid = None if problem.grid is None else units.grid(problem.grid, problem.metric, metric)
    bounds = None if problem.bounds is None else units.bounds(problem.bounds)
    start = None if problem.start is None else units.back.curve(problem.start, ends)
    return Problem(metric, *ends, data, grid, bounds, problem.on_step, start, problem.cache)


def _wider_boxes(ends: Tensor, units: Units | None, periods: Periods | None) -> list[Bounds]:
    """Ever larger boxes around end points, in the units that solvers see; none where there are not two dimensions."""
    if ends.shape[1] != 2:
        return []
    seen = ends if units is None else units.new(ends)
    return [bounding_box(seen, margin, periods) for margin in _WIDER]
