"""The stages of the default solver, each on surfaces whose distances are known."""

from dataclasses import replace

import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.spline import Spline, line_control, refine, tabulate
from latentgeo.geometry.functionals import length
from latentgeo.geometry.solvers import batch
from latentgeo.geometry.solvers.newton import Descent
from latentgeo.geometry.solvers.refinement import (
    Limits,
    Paced,
    between_knots,
    certified,
    join,
    merge,
    on_cache,
    without_cache,
)
from latentgeo.geometry.solvers.spline_energy import nodes_of
from surfaces import Surface, draw, hyperbolic_ball, random_mlp, sphere

LIMITS = Limits(nodes=3, tolerance=1e-5, fine=3e-7, dear=1e-5, max_iterations=50, polish=20, rounds=2)
BOX = ((-1.2, 1.2), (-1.2, 1.2))


def lines(surface: Surface, pairs: int = 4, intervals: int = 8) -> tuple[Tensor, Tensor]:
    """Control points of the straight lines, and the true distances."""
    z0, z1 = surface.ends(pairs)
    return line_control(z0, z1, intervals), surface.distance(z0, z1)


def described(control: Tensor) -> Descent:
    """Curves that took one step and are done."""
    pairs = len(control)
    ones = torch.ones(pairs, dtype=torch.long)
    return Descent(control, control.new_full((pairs,), 1e-6), ones, ones.bool())


def test_a_good_cache_gives_the_distance() -> None:
    surface = sphere()
    control, distance = lines(surface)
    fast = lg.GridMetric(surface.metric, BOX, 65)
    found = on_cache(fast, control, LIMITS)
    assert bool(found.descent.converged.all())
    torch.testing.assert_close(found.length, distance, rtol=1e-5, atol=0)
    torch.testing.assert_close(length(fast, Spline(found.descent.control)), found.length, rtol=1e-6, atol=0)


def test_between_the_knots_no_step_makes_a_curve_longer() -> None:
    """Far from a minimum an undamped one would."""
    fast = lg.GridMetric(lg.PullbackMetric(random_mlp(2, 32, 20, scale=4.0)), BOX, 65)
    z0, z1 = draw(40, 2, -1, 1)
    control = line_control(z0, z1, 8)
    control[:, 1:-1] += 0.1 * torch.randn(control[:, 1:-1].shape, generator=torch.Generator().manual_seed(0)).double()
    weight = tabulate(8, LIMITS.nodes, control).weight.expand(40, -1, -1)
    finer = between_knots(fast, Paced(described(control), weight, z0.new_zeros(40)), LIMITS)
    before, after = (length(fast, Spline(curve)) for curve in (refine(control, 16), finer.control))
    # both rules are of the sixth order
    assert bool((after <= 1.01 * before).all())
    assert bool((after < before).any())


def test_between_the_knots_it_tells_what_more_of_them_would_change() -> None:
    surface = sphere()
    fast = lg.GridMetric(surface.metric, BOX, 65)
    control, distance = lines(surface, intervals=1)
    paced = on_cache(fast, control, LIMITS)
    finer = between_knots(fast, paced, LIMITS)
    assert finer.control.shape[1] == 5
    after = length(fast, Spline(finer.control))
    # both by the rule that it has the speeds of
    basis = tabulate(2, LIMITS.nodes, control)
    z, v = nodes_of(torch.cat([refine(paced.descent.control, 2), finer.control]), basis)
    phi = fast.squared_speed(z.flatten(0, 2), v.flatten(0, 2)).sqrt().view(z.shape[:3])
    before, behind = (phi * basis.weight).sum((1, 2)).chunk(2)
    torch.testing.assert_close(finer.residual, (before - behind).abs() / before, rtol=1e-6, atol=1e-12)
    assert bool(((after - distance).abs() <= (paced.length - distance).abs() + 1e-7).all())


def test_the_certificate_finds_what_a_coarse_cache_got_wrong_and_repairs_it() -> None:
    metric = lg.PullbackMetric(random_mlp(scale=1.5))
    control = line_control(*draw(4, 2, -1, 1), 8)
    fast = lg.GridMetric(metric, BOX, 5)
    paced = on_cache(fast, control, LIMITS)
    rough = paced.descent
    told, _ = certified(metric, fast, rough, paced.weight, replace(LIMITS, tolerance=1.0), None)
    better, lengths = certified(metric, fast, rough, paced.weight, LIMITS, None)
    sharp = without_cache(metric, control, replace(LIMITS, tolerance=1e-8, max_iterations=300), None).descent
    before, after, least = (length(metric, Spline(one.control)) for one in (rough, better, sharp))
    assert bool((before > (1 + 1e-4) * least).all())
    # with a good model of the curvature the residual is what there is to gain
    torch.testing.assert_close(told.control, rough.control, rtol=0, atol=0)
    assert bool((told.residual > 0.2 * (before / least - 1)).all())
    torch.testing.assert_close(after, least, rtol=2 * LIMITS.tolerance, atol=0)
    torch.testing.assert_close(lengths.length, after, rtol=1e-4, atol=0)
    assert bool(((lengths.length - after).abs() <= lengths.error + 1e-9).all())
    assert bool((better.iterations >= rough.iterations).all())


def test_without_a_cache_the_distance_is_found_in_any_dimension() -> None:
    surface = hyperbolic_ball(3)
    control, distance = lines(surface)
    told: list[float] = []
    found = without_cache(surface.metric, control, LIMITS, lambda _, value: told.append(value))
    assert bool(found.descent.converged.all())
    truth = length(surface.metric, Spline(found.descent.control))
    torch.testing.assert_close(truth, distance, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.length, truth, rtol=1e-6, atol=0)
    assert bool(((found.length - truth).abs() <= found.error + 1e-9).all())
    assert told


def test_without_a_cache_it_tells_what_more_knots_would_change() -> None:
    surface = hyperbolic_ball(3)
    z0, z1 = surface.ends(4)
    few, many = (without_cache(surface.metric, line_control(z0, z1, n), LIMITS, None) for n in (1, 2))
    gained = (few.length - many.length) / few.length
    torch.testing.assert_close(few.between, gained, rtol=0.5, atol=1e-6)


def test_joining_and_merging_leave_the_curves_what_they_are() -> None:
    surface = sphere()
    coarse, fine = (described(lines(surface, 3, n)[0]) for n in (2, 4))
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    joined = join([coarse, fine])
    assert joined.control.shape == (6, 7, 2)
    both = torch.cat([Spline(coarse.control)(t), Spline(fine.control)(t)])
    torch.testing.assert_close(Spline(joined.control)(t), both)
    last = torch.tensor([2])
    merged = merge(coarse, batch.select(fine, last), last)
    torch.testing.assert_close(Spline(merged.control)(t), Spline(coarse.control)(t))
    assert merged.control.shape == (3, 7, 2)
