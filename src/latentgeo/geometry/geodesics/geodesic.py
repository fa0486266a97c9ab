"""Geodesics, straight lines and given paths between latent points, measured alike and reported in one record."""

import time
from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from latentgeo.errors import GeodesicError
from latentgeo.geometry.arguments import check_finite, check_points, check_vectors, paired
from latentgeo.geometry.curves.curve import Curve, Line, Polyline
from latentgeo.geometry.face import in_double
from latentgeo.geometry.functionals import Measurement, measure
from latentgeo.geometry.geodesics.around import end_of, other_ways
from latentgeo.geometry.geodesics.restated import solved
from latentgeo.geometry.geodesics.shorter import better, compared, no_longer
from latentgeo.geometry.geodesics.singular import singular_named
from latentgeo.geometry.geodesics.straight import straight_named
from latentgeo.geometry.geodesics.uncertified import uncertified_named
from latentgeo.geometry.geodesics.unused import told_of_unused_axes
from latentgeo.geometry.metrics.bounds import Bounds, checked_bounds, open_bounds, spanned
from latentgeo.geometry.metrics.caching import cache_of
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.periods import Periods, nearest_image, unrolled
from latentgeo.geometry.solution import Candidate, GeodesicSolution, OnStep, Outcome, Problem, Solver, Velocity
from latentgeo.geometry.solvers.gauss_newton import GaussNewton
from latentgeo.geometry.solvers.graph_path import GraphPath
from latentgeo.geometry.solvers.spline_curve import SplineCurve
from latentgeo.progress import shows_progress

__all__ = ["euclidean", "geodesic", "path"]


@shows_progress("geodesics")
@in_double
def geodesic(
    metric: Metric,
    z0: Float[Tensor, "#pairs latent"],
    z1: Float[Tensor, "#pairs latent"],
    solver: Solver | None = None,
    *,
    data: Float[Tensor, "points latent"] | None = None,
    bounds: Bounds | None = None,
    grid: GridMetric | None = None,
    start: Curve | Float[Tensor, "pairs nodes latent"] | None = None,
    on_step: OnStep | None = None,
    throw: bool = False,
    progress: bool = True,
) -> GeodesicSolution:
    """The shortest curve that a solver finds between z0 and z1, for many pairs at once.

    Lengths are re-measured densely under `metric`, whatever the solver optimised. No curve is longer than the straight
    line: where the solver's is, the line is returned and the outcome says so. Pairs with equal end points have length
    0 and have converged. Results do not depend on the latent units: where the metric's axes differ in scale, solvers
    see it in others (see `balance`).

    Where coordinates are periodic (`metric.periods`), it is the shortest to any image of z1: it leaves from z0, runs on
    past the seams, and ends at that image, which a shortest path on a graph tells; without a graph, or where another
    is about as near, the nearest images are tried, either way round. The caller's latent units then stay.

    Warning:
        Bounds and grids are boxes along the latent axes: with them a thin direction across the axes (a scale below 1/16
        of the largest) is not made up for: at 1 : 1000 curves of the default solver are up to 1e-5 too long, beyond it
        gives way to the line, and says so; `GaussNewton` and `BVP` do neither. Between conjugate points, such as
        antipodes of a sphere, many curves are as short, and which one is found is chance.

    Warns:
        UnusedAxesWarning: In more than two dimensions, pairs that did not come to rest where the metric hardly sees
            some of the latent axes.

    Args:
        metric: What to be short under.
        z0: Start points, or one for all end points; float64 is meant. In two latent dimensions caches, graphs and
            curves are the CPU's, also where the decoder and the points are on a GPU, and so is the result.
        z1: End points, or one for all start points.
        solver: By default `SplineCurve()`, which certifies its curves but those of a piecewise linear decoder, or
            `GaussNewton()` for such a decoder in other than two dimensions; the result names it and the start that it
            chose.
        data: Latent points that the decoder knows, e.g. encodings: they set the bounds of a cache, and are the graph's
            nodes where there are not two latent dimensions.
        bounds: With two latent dimensions, the box that curves keep to, by a soft wall (`Walled`), and that is cached;
            by default that around data and end points, widened by a quarter of its longer side (in units in which
            the metric's axes are of comparable scale), and where there is no data by more if that box holds a curve
            back. Where the metric is not finite all over that box, there is no cache and no box, and the result says
            so (quasi-Newton). A geodesic that the wall holds back is `bounded`.
        grid: A `GridMetric` of `metric`, or of the metric that this is built on: saves making one, and sets the bounds.
        start: Curves to begin with, or points along them, from z0 to z1: those of an earlier `solution.curve`, say.
            `SplineCurve`, `GaussNewton`, `Georce` and `BVP` begin there instead of searching; the image of z1 is that
            of the start. No curve is longer than its start, if that keeps to the bounds: where the solver's is,
            the start is returned, and the outcome says so (`max_iterations`) where it is by more than a
            hundred-thousandth.
        on_step: Called with the step and the mean length.
        throw: Raise unless every pair converged.
        progress: Whether to show what is under way, on a terminal, after two seconds.

    Raises:
        ValueError: End points that do not fit each other, are not finite, or lie outside the grid or the bounds; a
            start that does not go from z0 to z1, or that the solver cannot use.
        GeodesicError: With `throw`, a pair did not converge.
    """
    started = time.perf_counter()
    z0, z1 = _checked_ends(z0, z1)
    if z0.shape[1] == 2:
        z0, z1 = z0.cpu(), z1.cpu()
    z1 = nearest_image(z0 if start is None else end_of(start, z1), z1, metric.periods)
    _check_grid(grid or cache_of(metric), z0, z1)
    if bounds is not None:
        bounds = spanned(checked_bounds(bounds), metric.periods)
        _check_within(bounds, metric.periods, z0, z1)
    if data is not None:
        check_points("data", data, z0.shape[1])
        check_finite("data", data, "point")
        data = data.detach().to(z0.device)
    apart = (z0 != z1).any(1).nonzero().squeeze(1)
    line = Line(z0, z1)
    if not len(apart):
        baseline = measure(metric, line) if len(z0) else _nothing(z0)
        none = z0.new_zeros(len(z0))
        done = Candidate(line, [Outcome.CONVERGED] * len(z0), none, none.long(), "none")
        return _solution(metric, done, baseline, started)
    if solver is None:
        # of a piecewise linear decoder a cache has a derivative that says something, the metric has none
        solver = GaussNewton() if metric.piecewise_linear and z0.shape[1] != 2 else SplineCurve()
    begin = None if start is None else _checked_start(start, line).select(apart)
    problem = Problem(metric, z0[apart], z1[apart], data, grid, bounds, on_step, begin)
    found, measured = solved(solver, problem)
    # a path on a graph is the shortest to any image
    if metric.periods is not None and start is None and not isinstance(solver, GraphPath):
        found, measured = other_ways(partial(solved, solver), problem, metric.periods, found, measured)
    cached = found.cached
    if begin is not None:
        box = grid or cache_of(metric)
        kept_to = bounds if box is None else box.bounds
        found, measured = no_longer(metric, begin, found, measured, kept_to)
    baseline = compared(metric, line, apart, measured, cached)
    found, measured = better(line, baseline, apart, found, measured)
    found = uncertified_named(metric, straight_named(metric, line, found), apart)
    found = singular_named(metric, found, apart, cached)
    told_of_unused_axes(metric, z0, z1, found.outcome)
    solution = _solution(metric, found, measured, started)
    if throw:
        _raise_unless_converged(solution)
    return solution


@in_double
def euclidean(
    metric: Metric, z0: Float[Tensor, "#pairs latent"], z1: Float[Tensor, "#pairs latent"]
) -> GeodesicSolution:
    """The straight latent lines between z0 and z1, measured under the metric: the paper's Euclidean interpolation.

    Where coordinates are periodic, a line ends at the image of z1 that is nearest in latent distance, whatever the
    metric.

    Args:
        metric: What to measure under.
        z0: Start points, or one for all end points; float64 is meant.
        z1: End points, or one for all start points.

    Raises:
        ValueError: End points that do not fit each other, or are not finite.
    """
    started = time.perf_counter()
    z0, z1 = _checked_ends(z0, z1)
    return _baseline(metric, Line(z0, nearest_image(z0, z1, metric.periods)), "straight line", started)


@in_double
def path(metric: Metric, waypoints: Tensor | Sequence[Tensor]) -> GeodesicSolution:
    """Straight segments through given latent points, measured under the metric: the paper's path along the manifold.

    Args:
        metric: What to measure under.
        waypoints: (nodes, latent) for one path, (pairs, nodes, latent) for several, or a sequence of (nodes, latent)
            with a number of nodes of their own. The path runs at constant latent speed. Where coordinates are
            periodic, each node but the first is at its image nearest to the one before.

    Raises:
        ValueError: A path of fewer than two points, or a sequence of none.
    """
    started = time.perf_counter()
    if not isinstance(waypoints, Tensor):
        if not waypoints:
            raise ValueError("waypoints: expected at least one path, got an empty sequence")
        for points in waypoints:
            check_points("every path of waypoints", points)
            check_points("every path of waypoints", points, waypoints[0].shape[1])
        longest = max(len(points) for points in waypoints)
        if min(len(points) for points in waypoints) < 2:
            raise ValueError("waypoints: every path needs at least two points")
        waypoints = torch.stack([torch.cat([w, w[-1:].expand(longest - len(w), -1)]) for w in waypoints])
    if waypoints.ndim == 2:
        waypoints = waypoints.unsqueeze(0)
    if waypoints.ndim != 3 or waypoints.shape[1] < 2:
        raise ValueError(
            f"waypoints must be (nodes, latent) or (pairs, nodes, latent) with at least two nodes; "
            f"got {tuple(waypoints.shape)}"
        )
    check_points("the nodes of waypoints", waypoints.flatten(0, 1))
    check_finite("waypoints", waypoints, "path")
    return _baseline(metric, Polyline(unrolled(waypoints.detach(), metric.periods)), "given path", started)


def _baseline(metric: Metric, curve: Line | Polyline, name: str, started: float) -> GeodesicSolution:
    pairs = len(curve.z0) if isinstance(curve, Line) else len(curve.points)
    like = curve.z0 if isinstance(curve, Line) else curve.points[:, 0]
    measured = measure(metric, curve) if pairs else _nothing(like)
    unknown = like.new_full((pairs,), float("nan"))
    steps = torch.zeros(pairs, dtype=torch.long, device=like.device)
    return _solution(metric, Candidate(curve, [Outcome.BASELINE] * pairs, unknown, steps, name), measured, started)


def _solution(metric: Metric, found: Candidate, measured: Measurement, started: float) -> GeodesicSolution:
    return GeodesicSolution(
        curve=found.curve,
        length=measured.length,
        length_error=measured.error,
        velocity=Velocity(metric, found.curve),
        max_velocity=measured.max_velocity,
        outcome=found.outcome,
        residual=found.residual,
        iterations=found.iterations,
        solver=found.solver,
        seconds=time.perf_counter() - started,
    )


def _nothing(like: Tensor) -> Measurement:
    return Measurement(like.new_zeros(0), like.new_zeros(0), like.new_zeros(0))


def _checked_ends(z0: Tensor, z1: Tensor) -> tuple[Tensor, Tensor]:
    z0, z1 = paired(z0.detach(), z1.detach())
    check_vectors("z0", z0, "z1", z1)
    check_finite("z0", z0)
    check_finite("z1", z1)
    return z0, z1


def _check_grid(grid: GridMetric | None, z0: Tensor, z1: Tensor) -> None:
    if grid is None or not len(z0):
        return
    if z0.shape[1] != 2:
        raise ValueError(f"a grid serves two latent dimensions; the end points have {z0.shape[1]}")
    inside = grid.inside(z0) & grid.inside(z1)
    _check_inside(inside, f"the grid's bounds {grid.bounds}", "make the grid with wider bounds", z0, z1)


def _check_within(bounds: Bounds, periods: Periods | None, z0: Tensor, z1: Tensor) -> None:
    if z0.shape[1] != 2:
        return
    low, high = z0.new_tensor(open_bounds(bounds, periods)).T
    inside = ((z0 >= low) & (z0 <= high) & (z1 >= low) & (z1 <= high)).all(1)
    _check_inside(inside, f"the bounds {bounds}", "give wider ones", z0, z1)


def _check_inside(inside: Tensor, of: str, advice: str, z0: Tensor, z1: Tensor) -> None:
    if not bool(inside.all()):
        pair = int((~inside).nonzero()[0])
        raise ValueError(
            f"{int((~inside).sum())} pairs have an end outside {of}; the first, pair {pair}, "
            f"goes from {z0[pair].tolist()} to {z1[pair].tolist()}; {advice}"
        )


def _checked_start(start: Curve | Tensor, line: Line) -> Curve:
    curve = Polyline(start.detach()) if isinstance(start, Tensor) else start
    ends = curve(line.z0.new_tensor([0.0, 1.0])).detach()
    wanted = torch.stack([line.z0, line.z1], 1)
    if ends.shape != wanted.shape or not torch.allclose(ends, wanted):
        raise ValueError(
            f"start must be curves from z0 to z1, one a pair; got {tuple(ends.shape[::2])} (pairs, latent) for "
            f"{tuple(wanted.shape[::2])}, from {ends[:1, 0].tolist()} to {ends[:1, -1].tolist()} for the first pair"
        )
    return curve


def _raise_unless_converged(solution: GeodesicSolution) -> None:
    failed = [(pair, outcome.value) for pair, outcome in enumerate(solution.outcome) if outcome != Outcome.CONVERGED]
    if failed:
        shown = ", ".join(f"pair {pair}: {word}" for pair, word in failed[:5])
        raise GeodesicError(f"{len(failed)} of {len(solution.outcome)} pairs did not converge ({shown})")
