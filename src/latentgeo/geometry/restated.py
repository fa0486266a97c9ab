"""A geodesic problem as solvers see it: in balanced latent units, and in boxes wide enough."""

import math

import torch
from torch import Tensor

from latentgeo.geometry.grid import bounding_box
from latentgeo.geometry.periods import Periods
from latentgeo.geometry.solution import Problem
from latentgeo.geometry.units import Units, balanced, in_units
from latentgeo.geometry.wall import Bounds

__all__ = ["restated", "units_for", "wider_boxes"]

# margins of the boxes to try where the default one holds a curve back, as shares of the end points' own
_WIDER = (1.0, 4.0)
# straight lines of that many units at most, or its inverse at least, are some units long; and binary digits of a change
_SOME, _MOST = 64.0, {torch.float32: 30, torch.float64: 100}


def units_for(problem: Problem) -> Units | None:
    """Units in which the metric is balanced near the straight lines, and these are some units long.

    None if both is so in the present ones, or where a coordinate is periodic. A box that somebody gave, or a cache's,
    remains a box.
    """
    if problem.metric.periods is not None:
        return None
    boxed = problem.grid is not None or problem.bounds is not None or problem.metric.cache is not None
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


def restated(problem: Problem, units: Units | None) -> Problem:
    """The same problem in other latent units."""
    if units is None:
        return problem
    metric, ends = in_units(problem.metric, units), (units.new(problem.z0), units.new(problem.z1))
    data = None if problem.data is None else units.new(problem.data)
    grid = None if problem.grid is None else units.grid(problem.grid, problem.metric, metric)
    bounds = None if problem.bounds is None else units.bounds(problem.bounds)
    start = None if problem.start is None else units.back.curve(problem.start, ends)
    return Problem(metric, *ends, data, grid, bounds, problem.on_step, start)


def wider_boxes(ends: Tensor, units: Units | None, periods: Periods | None) -> list[Bounds]:
    """Ever larger boxes around end points, in the units that solvers see; none where there are not two dimensions."""
    if ends.shape[1] != 2:
        return []
    seen = ends if units is None else units.new(ends)
    return [bounding_box(seen, margin, periods) for margin in _WIDER]
