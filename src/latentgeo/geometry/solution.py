"""The records that pass between the caller, `geodesic` and its solvers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.geometry.curves.curve import Curve, times
from latentgeo.geometry.described import counted
from latentgeo.geometry.face import takes_arrays
from latentgeo.geometry.functionals import Measurement, velocity
from latentgeo.geometry.metrics.bounds import Bounds
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric

__all__ = ["Candidate", "GeodesicSolution", "OnStep", "Outcome", "Problem", "Solver", "Velocity"]

OnStep = Callable[[int, float], None]
"""Told the step and the mean length over the pairs, now and then."""


class Outcome(Enum):
    """How a pair ended; the value is what tables print."""

    CONVERGED = "converged"
    """A geodesic to within the tolerance: the solver's curve, or a line that is one. Between points that are conjugate,
    such as antipodes of a sphere, it is one of many that are as short."""
    MAX_ITERATIONS = "max_iterations"
    """Still moving, or no step made it shorter, before the tolerance was met; the best curve so far is kept. Or its
    length is not known to within 10 %: the metric changes by orders along it."""
    UNCERTIFIED = "uncertified"
    """Converged as far as the solver can tell, which is not far: on a cache, and it was told not to ask the true
    metric; or the decoder is piecewise linear, so that its metric has no derivative to tell by."""
    BOUNDED = "bounded"
    """Converged, but held by the wall around the bounds: shortest within them, no geodesic of the metric alone."""
    DIVERGED = "diverged"
    """Became NaN or infinite; the straight line is returned."""
    SINGULAR_BOUNDARY = "singular_boundary"
    """The paper's boundary rescaling divided by (nearly) zero; the best curve before that is kept."""
    SINGULAR_METRIC = "singular_metric"
    """Somewhere along the curve the metric is singular, or so nearly that the decoder's dtype does not tell:
    there are directions in which nothing changes, so that the curve is one of many, and may be longer than another. A
    metric that is cut to a lower rank on purpose is judged by the one that it is built on."""
    LINE_IS_SHORTER = "line_is_shorter"
    """The solver's curve was longer than the straight line, which is returned instead, and is no geodesic."""
    BASELINE = "baseline"
    """Nothing was solved: a straight line, or a path through given points."""


@dataclass(frozen=True)
class Problem:
    """Find the shortest curve between z0 and z1, for each pair.

    All in the latent units that solvers see: the caller's, or others where the metric's axes differ in scale. Where a
    coordinate is periodic (`metric.periods`), z1 is the image nearest to z0, and a curve may end at any other.

    Attributes:
        metric: The metric to be short under.
        z0: Start points, (pairs, latent).
        z1: End points, (pairs, latent).
        data: Points the decoder was trained on, (points, latent), or None: for bounds and neighbour graphs.
        grid: A cache of `metric`, or of the metric that it is built on, or None.
        bounds: Where a solver may make a cache of its own, or None for the box around data and end points.
        on_step: Progress callback, or None.
        start: Curves to begin with, or None.
        cache: Whether a cache may be made; not where the metric is not finite all over its box.
    """

    metric: Metric
    z0: Tensor
    z1: Tensor
    data: Tensor | None
    grid: GridMetric | None
    bounds: Bounds | None
    on_step: OnStep | None
    start: Curve | None = None
    cache: bool = True

    def refuse_start(self, solver: str) -> None:
        """Raises: ValueError if there are curves to begin with, which this solver cannot use."""
        if self.start is not None:
            raise ValueError(f"{solver} has no use for start=; SplineCurve, GaussNewton, Georce and BVP have")


@dataclass(frozen=True)
class Candidate:
    """What a solver found, before it is measured.

    Attributes:
        curve: One curve a pair.
        outcome: One outcome a pair.
        residual: (pairs,), estimated relative excess length; NaN if the solver has no estimate.
        iterations: (pairs,), integers.
        solver: What was done, in words.
        bounds: The box that the curves were kept to, or None.
        searched: Whether a graph was asked which image of z1 to end at; if not, others are tried.
        cached: The metric computed from a cache, which lengths are measured with the help of, or None.
        measured: The curves' lengths under the metric, where the solver knows them already.
    """

    curve: Curve
    outcome: list[Outcome]
    residual: Tensor
    iterations: Tensor
    solver: str
    bounds: Bounds | None = None
    searched: bool = False
    cached: Metric | None = None
    measured: Measurement | None = None


@runtime_checkable
class Solver(Protocol):
    """Anything with this method can be given to `geodesic`."""

    def solve(self, problem: Problem) -> Candidate:
        """Curves for all pairs; at least one pair, no pair with equal end points."""
        ...


@dataclass(frozen=True)
class Velocity:
    """phi(t) of solved curves: call it with times, as a curve takes them, for (pairs, time), without gradient."""

    metric: Metric
    curve: Curve
    dtype: torch.dtype | None = None

    @takes_arrays
    @torch.no_grad()
    def __call__(self, t: Any) -> Float[Tensor, "pairs time"]:
        found = velocity(self.metric, self.curve, times(self.curve, t).to(self.curve.dtype))
        return found if self.dtype is None else found.to(self.dtype)

    def in_dtype(self, dtype: torch.dtype) -> "Velocity":
        """The same, with results of another dtype."""
        return Velocity(self.metric, self.curve, dtype)


@dataclass(frozen=True)
class GeodesicSolution:
    """Curves between pairs of latent points, measured under the metric.

    `solution[3]` is that of one pair, `solution[2:5]` or `solution[labels == 8]` of some; `len` says of how many.

    Attributes:
        curve: Callable, t (time,) in [0, 1] -> points (pairs, time, latent). It runs on past the seams of periodic
            coordinates, to the image of the end point that it leads to; see `wrap` and `cut_at_seams`.
        length: (pairs,), re-measured densely, in observation units.
        length_error: (pairs,), the quadrature's estimated absolute error.
        velocity: Callable, t (time,) -> phi (pairs, time), the summand of the length.
        max_velocity: (pairs,), the largest phi.
        outcome: One a pair.
        residual: (pairs,), estimated relative excess length over the nearest geodesic; NaN where unknown.
        iterations: (pairs,), of the solver.
        solver: What was done, in words.
        seconds: Wall time of the whole call.
    """

    curve: Curve
    length: Tensor
    length_error: Tensor
    velocity: Velocity
    max_velocity: Tensor
    outcome: list[Outcome]
    residual: Tensor
    iterations: Tensor
    solver: str
    seconds: float

    def __len__(self) -> int:
        return len(self.outcome)

    def __getitem__(self, pairs: Any) -> "GeodesicSolution":
        """Some of the pairs, by number, slice, list or mask; `seconds` stays that of the whole call."""
        index = torch.arange(len(self), device=self.length.device)[pairs].reshape(-1)
        tensors = ("length", "length_error", "max_velocity", "residual", "iterations")
        return replace(
            self,
            curve=self.curve.select(index),
            velocity=replace(self.velocity, curve=self.velocity.curve.select(index)),
            outcome=[self.outcome[pair] for pair in index.tolist()],
            **{name: getattr(self, name)[index] for name in tensors},
        )

    def __repr__(self) -> str:
        """What a person wants to know first; thousands of numbers are not."""
        ended = counted(self.outcome)
        mean = f", mean length {float(self.length.mean()):.6g}" if len(self.length) else ""
        pairs = "1 pair" if len(self.length) == 1 else f"{len(self.length)} pairs"
        moving = [pair for pair, outcome in enumerate(self.outcome) if outcome is Outcome.MAX_ITERATIONS]
        worst = float(self.residual[moving].nan_to_num().max()) if moving else 0.0
        told = f"residual up to {worst:.1g}, " if worst else ""
        still = f"; {told}what to do: docs/howto/not_converged" if moving else ""
        return f"GeodesicSolution({pairs}: {ended}{mean}{still}; {self.solver}; {self.seconds:.2g} s)"
