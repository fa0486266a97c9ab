"""Across the seams of periodic coordinates: every solver and every distance against surfaces that are closed."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from latentgeo.geometry.periods import nearest_image
from latentgeo.geometry.solution import Candidate, Problem, Solver
from periodic_surfaces import TAU, flat, geographic, pendulum, ring_torus, uneven
from surfaces import Surface, draw, torus

pytestmark = pytest.mark.slow

CLOSED = [flat((TAU, TAU)), flat((TAU, None), (1.0, 2.0)), pendulum(), geographic(), ring_torus(), uneven()]
CURVED = [geographic(), ring_torus(), uneven()]
EXACT = [
    lg.SplineCurve(),
    lg.SplineCurve(start="line"),
    lg.GaussNewton(),
    lg.GaussNewton(start="graph"),
    lg.Georce(),
    lg.Georce(start="graph"),
    lg.BVP(),
    lg.BVP(start="graph"),
]
NAMES = ["spline", "spline-line", "nodes", "nodes-graph", "georce", "georce-graph", "bvp", "bvp-graph"]
LOOSE = [lg.GraphPath(size=64), lg.NeuralCurve(units=20, points=60, steps=150)]


def named(surface: Surface) -> str:
    return surface.name


def anywhere(surface: Surface, count: int, seed: int = 3) -> tuple[Tensor, Tensor]:
    """Pairs all over a surface: some are as near one way round as the other."""
    z0, z1 = draw(count, 2, 0, TAU, seed)
    if surface.metric.periods is not None and surface.metric.periods[1] is None:
        for z in (z0, z1):
            z[:, 1] = 2.4 * (z[:, 1] / TAU - 0.5)
    return z0, z1


def test_a_pair_across_the_seam_was_long() -> None:
    z0 = torch.tensor([[0.1, 0.2]], dtype=torch.float64)
    z1 = torch.tensor([[6.2, 6.1]], dtype=torch.float64)
    open_chart, closed = torus().metric, ring_torus()
    assert float(lg.geodesic(open_chart, z0, z1).length) > 10
    assert float(lg.geodesic(closed.metric, z0, z1).length) == pytest.approx(0.597, abs=1e-3)
    torch.testing.assert_close(lg.geodesic(closed.metric, z0, z1).length, closed.distance(z0, z1), rtol=1e-6, atol=0)


@pytest.mark.parametrize("solver", EXACT, ids=NAMES)
@pytest.mark.parametrize("surface", CLOSED, ids=named)
def test_solvers_are_right_across_seams(surface: Surface, solver: Solver) -> None:
    z0, z1 = surface.ends(5)
    found = lg.geodesic(surface.metric, z0, z1, solver)
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-5, atol=0)
    assert {outcome.value for outcome in found.outcome} == {"converged"}
    # in the cover: from z0 itself, without a jump, to an image of z1
    points = found.curve(torch.linspace(0, 1, 101, dtype=torch.float64))
    torch.testing.assert_close(points[:, 0], z0, rtol=0, atol=0)
    torch.testing.assert_close(nearest_image(z1, points[:, -1], surface.metric.periods), z1, rtol=0, atol=1e-9)
    assert float(points.diff(dim=1).abs().max()) < 0.5


@pytest.mark.parametrize("solver", LOOSE, ids=["graph", "network"])
@pytest.mark.parametrize("surface", CLOSED, ids=named)
def test_coarse_solvers_go_the_right_way_round(surface: Surface, solver: Solver) -> None:
    z0, z1 = surface.ends(5)
    ratio = lg.geodesic(surface.metric, z0, z1, solver).length / surface.distance(z0, z1)
    assert float(ratio.min()) > 1 - 1e-6
    assert float(ratio.max()) < 1.015


@pytest.mark.parametrize("surface", [flat((TAU, TAU), (1.0, 2.0)), uneven(), geographic()], ids=named)
def test_the_way_round_is_the_shorter_one_even_of_two_that_are_about_alike(surface: Surface) -> None:
    z0, z1 = anywhere(surface, 100)
    found = lg.geodesic(surface.metric, z0, z1)
    ratio = found.length / surface.distance(z0, z1)
    assert float(ratio.max()) < 1 + 1e-4
    assert float(ratio.quantile(0.95)) < 1 + 1e-6


def test_the_short_way_in_the_coordinate_can_be_the_long_way_round() -> None:
    surface = uneven()
    z0, z1 = surface.ends(5)
    found = lg.geodesic(surface.metric, z0, z1)
    end = found.curve(torch.ones(1, dtype=torch.float64))[:, 0]
    torch.testing.assert_close(end, z1 - z1.new_tensor([TAU, 0.0]))
    line = lg.euclidean(surface.metric, z0, z1)
    # the straight line knows nothing of the metric: it goes to the image that is nearest in latent space
    torch.testing.assert_close(line.curve(torch.ones(1, dtype=torch.float64))[:, 0], z1)
    assert bool((line.length > 1.3 * found.length).all())


@pytest.mark.parametrize("periods", [(TAU,), (None, TAU, None), (TAU, 1.0, 2.0), (None, None, 3.0, 1.0, None)])
def test_any_number_of_dimensions_and_any_of_them_periodic(periods: tuple[float | None, ...]) -> None:
    surface = flat(periods, tuple(1 + 0.3 * k for k in range(len(periods))))
    z0, z1 = draw(20, len(periods), 0.0, 2.0, seed=1)
    true = surface.distance(z0, z1)
    data = 2 * torch.rand(300, len(periods), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    for solver in (None, lg.GaussNewton()):
        for known in (None, data):
            found = lg.geodesic(surface.metric, z0, z1, solver, data=known)
            torch.testing.assert_close(found.length, true, rtol=1e-6, atol=0)
    path = lg.geodesic(surface.metric, z0, z1, lg.GraphPath(), data=data)
    # no longer than the straight line to the nearest image
    torch.testing.assert_close(path.length, true, rtol=1e-6, atol=0)


def test_three_angles_without_a_graph() -> None:
    # a robot arm's tip, whose three joints turn freely; no data, and no cache in three dimensions
    def tip(z: Tensor) -> Tensor:
        angle = z.cumsum(1)
        return torch.cat([angle.cos(), angle.sin()], 1)

    metric = lg.PullbackMetric(tip, periods=(TAU,) * 3)
    z0, z1 = draw(8, 3, 0.0, TAU, seed=5)
    # each joint's image is free to choose: in the sums of angles the torus is flat
    steps = (z1 - z0).cumsum(1)
    true = ((steps + math.pi) % TAU - math.pi).norm(dim=1)
    found = lg.geodesic(metric, z0, z1)
    assert bool((found.length >= true * (1 - 1e-9)).all())
    known = lg.geodesic(metric, z0, z1, data=draw(1500, 3, 0.0, TAU, seed=6)[0])
    torch.testing.assert_close(known.length, true, rtol=1e-5, atol=0)


def test_a_path_takes_each_step_the_short_way() -> None:
    waypoints = torch.tensor([[0.2, 0.0], [6.2, 0.0], [5.8, 0.3]], dtype=torch.float64)
    found = lg.path(pendulum().metric, waypoints)
    assert float(found.length) == pytest.approx(TAU - 6.0 + 0.5)
    torch.testing.assert_close(found.curve(torch.ones(1, dtype=torch.float64))[0, 0, 0], waypoints[2, 0] - TAU)


@pytest.mark.parametrize("turns", [-7, 1, 40])
@pytest.mark.parametrize("surface", CURVED, ids=named)
def test_nothing_depends_on_which_image_is_given(surface: Surface, turns: int) -> None:
    z0, z1 = surface.ends(3)
    shift = torch.tensor([turns * (period or 0.0) for period in surface.metric.periods or ()], dtype=torch.float64)
    here, there = lg.geodesic(surface.metric, z0, z1), lg.geodesic(surface.metric, z0 - shift, z1 + 2 * shift)
    torch.testing.assert_close(there.length, here.length, rtol=1e-6, atol=0)


@pytest.mark.parametrize("surface", [flat((TAU, TAU)), pendulum(), geographic(), uneven()], ids=named)
@pytest.mark.parametrize("few", [True, False], ids=["few", "many"])
def test_all_distances_cross_seams(surface: Surface, few: bool) -> None:
    z = torch.cat(anywhere(surface, 20 if few else 400))
    found = lg.distance_matrix(surface.metric, z, size=129 if few else 33)
    first, second = torch.triu_indices(len(z), len(z), offset=1)
    true = surface.distance(z[first], z[second])
    ratio = found[first, second] / true
    assert float(ratio.quantile(0.95)) < (1.02 if few else 1.1)
    assert float(ratio.quantile(0.05)) > (0.99 if few else 0.95)
    assert torch.equal(found, found.T)


def test_some_distances_are_made_exact_across_seams() -> None:
    surface = ring_torus()
    z = torch.cat(surface.ends(2))
    pairs = torch.tensor([[0, 2], [1, 3]])
    found = lg.distance_matrix(surface.metric, z, method="geodesic", pairs=pairs, size=33)
    torch.testing.assert_close(found[pairs[:, 0], pairs[:, 1]], surface.distance(z[:2], z[2:]), rtol=1e-5, atol=0)


def test_distances_among_neighbours_cross_seams() -> None:
    surface = flat((2.0, None, 1.0))
    z = 2 * torch.rand(400, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = lg.distance_matrix(surface.metric, z)
    first, second = torch.triu_indices(400, 400, offset=1)
    ratio = found[first, second] / surface.distance(z[first], z[second])
    assert float(ratio.min()) > 1 - 1e-9
    assert float(ratio.median()) < 1.15


@pytest.mark.parametrize("surface", [pendulum(), uneven()], ids=named)
def test_a_distance_field_crosses_seams(surface: Surface) -> None:
    source = torch.tensor([0.3, 0.1], dtype=torch.float64)
    field = lg.distance_field(surface.metric, source, size=(24, 17), checks=8)
    assert field.z.shape == (17, 24, 2)
    # one period, the source in its middle, both its ends shown
    torch.testing.assert_close(field.z[0, -1] - field.z[0, 0], torch.tensor([TAU, 0.0], dtype=torch.float64))
    torch.testing.assert_close(field.distance[:, 0], field.distance[:, -1])
    z = field.z.view(-1, 2)
    true = surface.distance(source.expand_as(z), z)
    far = true > 0.1 * true.max()
    assert float((field.distance.view(-1) / true - 1)[far].abs().max()) < 0.03
    assert field.error < 0.02


def test_a_distance_field_may_begin_anywhere_and_its_source_be_any_image() -> None:
    surface = flat((TAU, 1.0))
    source = torch.tensor([0.3, 0.1], dtype=torch.float64)
    field = lg.distance_field(
        surface.metric, source + source.new_tensor([5 * TAU, -3.0]), ((1.0, 1.0 + TAU), (0.0, 1.0)), (24, 17), checks=0
    )
    z = field.z.view(-1, 2)
    true = surface.distance(source.expand_as(z), z)
    far = true > 0.1 * true.max()
    assert float((field.distance.view(-1) / true - 1)[far].abs().max()) < 0.03


@pytest.mark.parametrize("surface", CURVED, ids=named)
def test_the_logarithm_leads_to_the_nearest_image_and_the_exponential_back(surface: Surface) -> None:
    z0, z1 = surface.ends(2)
    found = lg.logarithm(surface.metric, z0, z1)
    assert {outcome.value for outcome in found.outcome} == {"converged"}
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-5, atol=0)
    back = lg.exponential(surface.metric, z0, found.velocity).point
    low = [-math.pi, -math.pi]
    periods = surface.metric.periods
    torch.testing.assert_close(nearest_image(z1, back, periods), z1, rtol=0, atol=1e-6)
    assert float(lg.wrap(back, periods, low)[:, 0].abs().max()) <= math.pi
    solution = lg.geodesic(surface.metric, z0, z1)
    again = lg.logarithm(surface.metric, z0, z1, solution=solution)
    torch.testing.assert_close(again.velocity, found.velocity, rtol=1e-6, atol=1e-8)
    with pytest.raises(ValueError, match="solution must be of the pairs that are given"):
        lg.logarithm(surface.metric, z0, z1 + 0.1, solution=solution)


def test_vectors_are_carried_across_a_seam() -> None:
    metric = geographic().metric
    z0 = torch.tensor([[3.0, 0.4]], dtype=torch.float64)
    z1 = torch.tensor([[-3.0, 0.7]], dtype=torch.float64)
    solution = lg.geodesic(metric, z0, z1)
    v = torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    there = lg.parallel_transport(metric, solution.curve, v)
    # the same in a chart whose seam is elsewhere
    turn = torch.tensor([math.pi, 0.0], dtype=torch.float64)
    other = lg.geodesic(metric, lg.wrap(z0 + turn, metric.periods), lg.wrap(z1 + turn, metric.periods))
    elsewhere = lg.parallel_transport(metric, other.curve, v)
    torch.testing.assert_close(there.vector, elsewhere.vector, rtol=1e-5, atol=1e-7)
    assert float(there.norm_drift.max()) < 1e-6
    torch.testing.assert_close(metric.squared_speed(z1, there.vector), metric.squared_speed(z0, v), rtol=1e-6, atol=0)


def test_wrappers_go_the_short_way_too() -> None:
    surface = ring_torus()
    z0, z1 = surface.ends(3)
    box = ((0.0, TAU), (-math.pi, math.pi))
    grid = lg.GridMetric(surface.metric, box)
    doubled = lg.ScaledMetric(surface.metric, lambda z: z.new_full((len(z),), 4.0))
    true = surface.distance(z0, z1)
    for found, factor in (
        (lg.geodesic(grid, z0, z1), 1),
        (lg.geodesic(surface.metric, z0, z1, grid=grid), 1),
        (lg.geodesic(surface.metric, z0, z1, bounds=box), 1),
        (lg.geodesic(lg.SmoothedMetric(surface.metric, 0.0), z0, z1), 1),
        (lg.geodesic(doubled, z0, z1), 2),
        (lg.geodesic(doubled, z0, z1, grid=grid), 2),
    ):
        torch.testing.assert_close(found.length, factor * true, rtol=1e-4, atol=0)
        assert {outcome.value for outcome in found.outcome} == {"converged"}


class Straight:
    """A solver of the user's own, which knows nothing of periods."""

    def solve(self, problem: Problem) -> Candidate:
        count = len(problem.z0)
        return Candidate(
            Line(problem.z0, problem.z1),
            [lg.Outcome.CONVERGED] * count,
            problem.z0.new_zeros(count),
            torch.zeros(count, dtype=torch.long),
            "straight",
        )


def test_any_solver_is_asked_for_both_ways_round() -> None:
    surface = uneven()
    z0, z1 = surface.ends(4)
    found = lg.geodesic(surface.metric, z0, z1, Straight())
    # the cylinder's shortest way is not quite straight in x, but it is the other way round
    assert float((found.length / surface.distance(z0, z1)).max()) < 1.01
