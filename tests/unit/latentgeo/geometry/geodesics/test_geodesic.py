"""What `geodesic`, `euclidean` and `path` accept, return and refuse."""

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Curve, Line, Patched, Polyline
from latentgeo.geometry.solution import Candidate, Problem, Solver
from surfaces import affine, cylinder, draw, hyperbolic_ball, random_mlp, sphere

SURFACE = sphere()
T = torch.linspace(0, 1, 11, dtype=torch.float64)


def row(*numbers: float) -> Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


class Given:
    """A solver that returns what it was given."""

    def __init__(self, curve: Curve, outcome: lg.Outcome = lg.Outcome.CONVERGED) -> None:
        self.curve, self.outcome = curve, outcome

    def solve(self, problem: Problem) -> Candidate:
        pairs = len(problem.z0)
        return Candidate(
            self.curve,
            [self.outcome] * pairs,
            torch.zeros(pairs).double(),
            torch.ones(pairs, dtype=torch.long),
            "given",
        )


def test_the_record() -> None:
    z0, z1 = SURFACE.ends(3)
    found = lg.geodesic(SURFACE.metric, z0, z1)
    assert found.curve(T).shape == (3, 11, 2)
    assert found.velocity(T).shape == (3, 11)
    for value in (found.length, found.length_error, found.max_velocity, found.residual, found.iterations):
        assert value.shape == (3,)
        assert bool(torch.isfinite(value).all())
        assert not value.requires_grad
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    assert found.seconds > 0
    assert "SplineCurve" in found.solver
    assert bool((found.max_velocity >= found.length * (1 - 1e-9)).all())


def test_inputs_are_not_changed() -> None:
    z0, z1 = SURFACE.ends(2)
    before = z0.clone(), z1.clone()
    lg.geodesic(SURFACE.metric, z0.requires_grad_(), z1)
    assert torch.equal(z0, before[0])
    assert torch.equal(z1, before[1])
    assert z0.grad is None


def test_equal_ends() -> None:
    z0, z1 = SURFACE.ends(3)
    z1[1] = z0[1]
    found = lg.geodesic(SURFACE.metric, z0, z1)
    assert found.outcome == [lg.Outcome.CONVERGED] * 3
    assert float(found.length[1]) == 0
    assert torch.equal(found.curve(T)[1], z0[1].expand(11, 2))
    torch.testing.assert_close(found.velocity(T)[1], torch.zeros(11, dtype=torch.float64))
    torch.testing.assert_close(found.length, SURFACE.distance(z0, z1), rtol=1e-6, atol=1e-12)
    # the others are as if they were alone
    alone = lg.geodesic(SURFACE.metric, z0[[2]], z1[[2]])
    torch.testing.assert_close(alone.length, found.length[2:], rtol=1e-6, atol=0)
    every = lg.geodesic(SURFACE.metric, z0, z0)
    assert every.length.tolist() == [0, 0, 0]
    assert every.outcome == [lg.Outcome.CONVERGED] * 3


@pytest.mark.parametrize("latent", [2, 3])
def test_no_pairs(latent: int) -> None:
    none = torch.empty(0, latent, dtype=torch.float64)
    for found in (lg.geodesic(affine(latent).metric, none, none), lg.euclidean(affine(latent).metric, none, none)):
        assert found.length.shape == (0,)
        assert found.curve(T).shape == (0, 11, latent)
        assert found.outcome == []


def test_the_straight_line() -> None:
    z0, z1 = SURFACE.ends(3)
    found = lg.euclidean(SURFACE.metric, z0, z1)
    assert found.outcome == [lg.Outcome.BASELINE] * 3
    torch.testing.assert_close(found.curve(T)[:, 5], (z0 + z1) / 2)
    torch.testing.assert_close(found.length, lg.length(SURFACE.metric, Line(z0, z1)))
    assert bool(found.residual.isnan().all())


def test_a_given_path() -> None:
    points = torch.stack(draw(4, 2, -0.5, 0.5))
    many = lg.path(SURFACE.metric, points)
    one = lg.path(SURFACE.metric, points[1])
    ragged = lg.path(SURFACE.metric, [points[0, :2], points[1]])
    assert many.outcome == [lg.Outcome.BASELINE] * 2
    torch.testing.assert_close(one.length, many.length[1:])
    torch.testing.assert_close(ragged.length[1:], many.length[1:])
    expected = lg.euclidean(SURFACE.metric, points[:1, 0], points[:1, 1]).length
    torch.testing.assert_close(ragged.length[:1], expected)


def test_bad_paths() -> None:
    with pytest.raises(ValueError, match="at least one path"):
        lg.path(SURFACE.metric, [])
    with pytest.raises(ValueError, match="every path needs at least two points"):
        lg.path(SURFACE.metric, [row(0, 1)])
    with pytest.raises(ValueError, match=r"waypoints must be .*at least two nodes; got \(1, 1, 2\)"):
        lg.path(SURFACE.metric, row(0, 1))


def test_a_longer_curve_gives_way_to_the_line() -> None:
    z0, z1 = row(-0.5, 0.2), row(0.5, 0.1)
    detour = Polyline(torch.stack([z0, row(0, 0.7), z1], 1))
    found = lg.geodesic(SURFACE.metric, z0, z1, Given(detour))
    line = lg.euclidean(SURFACE.metric, z0, z1)
    assert found.outcome == [lg.Outcome.LINE_IS_SHORTER]
    assert torch.equal(found.length, line.length)
    torch.testing.assert_close(found.curve(T), line.curve(T))
    torch.testing.assert_close(found.velocity(T), line.velocity(T))


def test_each_pair_has_its_own_better_curve() -> None:
    # a cylinder's shortest curve is far from the line; the detour of the second pair is worse than its line
    surface = cylinder(shear=1.0)
    z0, z1 = torch.cat([row(0, -1), row(0, 0)]), torch.cat([row(0, 1), row(1, 0.3)])
    bent = Polyline(torch.stack([z0, torch.cat([row(1, 0), row(0.5, 1)]), z1], 1))
    found = lg.geodesic(surface.metric, z0, z1, Given(bent))
    assert found.outcome == [lg.Outcome.CONVERGED, lg.Outcome.LINE_IS_SHORTER]
    expected = torch.stack([bent(T)[0], Line(z0, z1)(T)[1]])
    torch.testing.assert_close(found.curve(T), expected)
    torch.testing.assert_close(found.length, lg.length(surface.metric, found.curve), rtol=1e-9, atol=0)
    assert isinstance(found.curve, Patched)
    torch.testing.assert_close(found.curve.select(torch.tensor([1, 0]))(T), expected.flip(0))


def test_a_curve_through_nowhere_has_diverged() -> None:
    def G(z: Tensor) -> Tensor:
        known = (z[:, 1] < 0.5)[:, None, None]
        return torch.where(known, torch.eye(2, dtype=z.dtype), torch.nan)

    z0, z1 = row(-0.5, 0), row(0.5, 0)
    lost = Polyline(torch.stack([z0, row(0, 0.7), z1], 1))
    found = lg.geodesic(lg.FunctionMetric(G), z0, z1, Given(lost))
    assert found.outcome == [lg.Outcome.DIVERGED]
    torch.testing.assert_close(found.length, torch.ones(1, dtype=torch.float64))


def test_throw() -> None:
    z0, z1 = SURFACE.ends(2)
    line = Line(z0, z1)
    with pytest.raises(lg.GeodesicError, match=r"2 of 2 pairs did not converge \(pair 0: max_iterations, pair 1"):
        lg.geodesic(SURFACE.metric, z0, z1, Given(line, lg.Outcome.MAX_ITERATIONS), throw=True)
    lg.geodesic(SURFACE.metric, z0, z1, throw=True)
    kept = lg.geodesic(SURFACE.metric, z0, z1, Given(line, lg.Outcome.MAX_ITERATIONS))
    assert kept.outcome == [lg.Outcome.MAX_ITERATIONS] * 2


def test_too_few_iterations_is_an_outcome() -> None:
    metric = lg.PullbackMetric(random_mlp(3))
    z0, z1 = draw(2, 3, -1, 1)
    found = lg.geodesic(metric, z0, z1, lg.SplineCurve(max_iterations=1, tolerance=1e-9))
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS] * 2
    line = lg.euclidean(metric, z0, z1)
    assert bool((found.length <= line.length).all())
    assert bool((found.residual > 1e-7).all())


def test_progress_is_told() -> None:
    seen: list[tuple[int, float]] = []
    z0, z1 = sphere(3).ends(2)
    lg.geodesic(sphere(3).metric, z0, z1, on_step=lambda step, value: seen.append((step, value)))
    assert [step for step, _ in seen] == list(range(len(seen)))
    assert seen[-1][1] <= seen[0][1]


@pytest.mark.parametrize("start", ["graph", "line", "auto"])
def test_every_start_finds_the_sphere(start: str) -> None:
    z0, z1 = SURFACE.ends(2)
    found = lg.geodesic(SURFACE.metric, z0, z1, lg.SplineCurve(start=start))
    torch.testing.assert_close(found.length, SURFACE.distance(z0, z1), rtol=1e-6, atol=0)
    assert ("line start" if start == "line" else "graph start") in found.solver


def test_data_are_the_nodes_in_three_dimensions() -> None:
    surface = sphere(3)
    z0, z1 = surface.ends(2)
    data = torch.cat(draw(60, 3, -0.6, 0.6))
    found = lg.geodesic(surface.metric, z0, z1, data=data)
    assert "neighbours start" in found.solver
    torch.testing.assert_close(found.length, surface.distance(z0, z1), rtol=1e-6, atol=0)
    rough = lg.geodesic(surface.metric, z0, z1, lg.GraphPath(), data=data)
    assert bool((rough.length >= found.length * (1 - 1e-9)).all())


def test_a_cache_can_be_shared() -> None:
    grid = lg.GridMetric(SURFACE.metric, ((-1.0, 1.0), (-1.0, 1.0)), 64)
    z0, z1 = SURFACE.ends(2)
    true = SURFACE.distance(z0, z1)
    for metric in (SURFACE.metric, grid):
        found = lg.geodesic(metric, z0, z1, grid=grid)
        torch.testing.assert_close(found.length, true, rtol=1e-4, atol=0)
    with pytest.raises(ValueError, match="grid caches another metric"):
        lg.geodesic(sphere().metric, z0, z1, grid=grid)


def test_curves_keep_to_the_bounds() -> None:
    # without a wall the curve would bulge to 1.5
    surface = cylinder(shear=1.5)
    found = lg.geodesic(surface.metric, row(0, -1), row(0, 1), bounds=((-1.0, 1.0), (-1.2, 1.2)))
    assert float(found.curve(T)[..., 0].max()) < 1.1
    assert float(found.length) < float(lg.euclidean(surface.metric, row(0, -1), row(0, 1)).length)


def test_one_point_goes_with_many() -> None:
    flat = affine(2)
    z0, z1 = flat.ends(3)
    one, repeated = z0[:1], z0[:1].repeat(3, 1)
    for solve in (lg.geodesic, lg.euclidean, lg.logarithm):
        for given, full in (((one, z1), (repeated, z1)), ((z1, one), (z1, repeated))):
            found, wanted = solve(flat.metric, *given), solve(flat.metric, *full)
            torch.testing.assert_close(found.length, wanted.length, rtol=0, atol=0)
    assert lg.geodesic(flat.metric, one, z1[:0]).length.shape == (0,)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("z0", "z1"),
    [(torch.zeros(2), torch.zeros(3)), (torch.zeros(2, 2), torch.zeros(3, 2)), (torch.zeros(2), torch.zeros(2))],
    ids=["one and one", "pairs", "no pairs axis"],
)
def test_shapes_that_do_not_fit(z0: Tensor, z1: Tensor) -> None:
    for solve in (lg.geodesic, lg.euclidean):
        with pytest.raises(ValueError, match=r"same shape \(pairs, latent\); got \(\d.*\) and \(\d.*\)"):
            solve(SURFACE.metric, z0, z1)


@pytest.mark.usefixtures("unchecked")
def test_dtypes_that_do_not_fit() -> None:
    z = torch.zeros(2, 2)
    for other in (z.double(), z.long()):
        with pytest.raises(ValueError, match=r"share a floating dtype; got torch\.float32 and torch\."):
            lg.geodesic(SURFACE.metric, z, other)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_ends_that_are_not_finite(bad: float) -> None:
    z0, z1 = SURFACE.ends(3)
    z1[2, 0] = bad
    with pytest.raises(ValueError, match="z1 must be finite; pair 2 is"):
        lg.geodesic(SURFACE.metric, z0, z1)


def test_ends_outside_the_grid() -> None:
    grid = lg.GridMetric(SURFACE.metric, ((-0.2, 0.2), (-0.2, 0.2)), 9)
    with pytest.raises(ValueError, match=r"1 pairs have an end outside .*pair 1, goes from .*wider bounds"):
        lg.geodesic(SURFACE.metric, torch.zeros(2, 2).double(), torch.cat([row(0.1, 0), row(0.3, 0)]), grid=grid)
    with pytest.raises(ValueError, match="serves two latent dimensions; the end points have 3"):
        lg.geodesic(sphere(3).metric, row(0, 0, 0), row(0.1, 0, 0), grid=grid)


def test_graphs_need_data_beyond_two_dimensions() -> None:
    z0, z1 = sphere(3).ends(1)
    with pytest.raises(ValueError, match=r"GraphPath needs data=\(points, latent\)"):
        lg.geodesic(sphere(3).metric, z0, z1, lg.GraphPath())
    with pytest.raises(ValueError, match=r"start='graph' needs data"):
        lg.geodesic(sphere(3).metric, z0, z1, lg.SplineCurve(start="graph"))
    with pytest.raises(ValueError, match="no start 'straight'; found: auto, graph, line"):
        lg.SplineCurve(start="straight")


def test_a_graph_in_pieces_keeps_the_line() -> None:
    surface = sphere(3)
    left, right = row(-0.5, 0, 0), row(0.5, 0, 0)
    cloud = 0.05 * torch.randn(12, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    data = torch.cat([left + cloud, right + cloud])
    solver = lg.GraphPath(neighbours=3)
    found = lg.geodesic(surface.metric, left, right, solver, data=data)
    line = lg.euclidean(surface.metric, left, right)
    assert float(found.length) <= float(line.length) * (1 + 1e-9)
    assert bool(torch.isfinite(found.length).all())


@pytest.mark.parametrize("solver", [lg.SplineCurve(), lg.GraphPath()])
def test_a_geodesic_that_the_bounds_hold_back_says_so(solver: Solver) -> None:
    surface = cylinder(radius=1.0, shear=2.0)
    # along the cylinder's axis, which this chart bends to u = 2 - 2 w^2
    z0, z1 = row(0.0, -1.0), row(0.0, 1.0)

    narrow = lg.geodesic(surface.metric, z0, z1, solver, bounds=((-0.5, 0.5), (-1.5, 1.5)))
    wide = lg.geodesic(surface.metric, z0, z1, solver, bounds=((-3.0, 3.0), (-1.5, 1.5)))

    assert narrow.outcome == [lg.Outcome.BOUNDED]
    assert wide.outcome == [lg.Outcome.CONVERGED]
    assert wide.length.item() == pytest.approx(2.0, rel=0.05)  # a graph path is a few per cent long
    assert narrow.length.item() > 1.2 * wide.length.item()


def test_a_solution_prints_as_one_line_that_names_the_outcomes() -> None:
    z0, z1 = draw(2, 2, -1, 1)
    solution = lg.geodesic(lg.PullbackMetric(random_mlp(2, 8, 3)), z0, z1)
    printed = repr(solution)
    assert printed.startswith("GeodesicSolution(2 pairs: ")
    assert "converged" in printed
    assert solution.solver in printed
    assert "\n" not in printed


def test_ends_outside_the_bounds_are_refused_by_name() -> None:
    z0, z1 = row(0.0, 0.0), row(0.5, 2.0)
    with pytest.raises(ValueError, match=r"1 pairs have an end outside the bounds .* pair 0, goes from \[0.0, 0.0\]"):
        lg.geodesic(lg.PullbackMetric(lambda z: z.sin()), z0, z1, bounds=((-1.0, 1.0), (-1.0, 1.0)))


def test_a_solution_can_be_asked_for_some_of_its_pairs() -> None:
    z = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    metric = lg.PullbackMetric(lambda z: torch.cat([z, z.square()], 1))
    whole = lg.geodesic(metric, z[0], z[1])
    assert len(whole) == 5
    t = torch.linspace(0, 1, 7, dtype=torch.float64)
    for chosen, numbers in ((3, [3]), (-1, [4]), (slice(1, 3), [1, 2]), ([0, 4], [0, 4]), (whole.length > 2, None)):
        part = whole[chosen]
        numbers = (whole.length > 2).nonzero().squeeze(1).tolist() if numbers is None else numbers
        assert len(part) == len(numbers)
        assert torch.equal(part.length, whole.length[numbers])
        assert torch.equal(part.curve(t), whole.curve(t)[numbers])
        torch.testing.assert_close(part.velocity(t), whole.velocity(t)[numbers])
        assert part.outcome == [whole.outcome[pair] for pair in numbers]
    assert "1 pair:" in repr(whole[0])
    assert len(list(whole)) == 5
    with pytest.raises(IndexError):
        whole[5]


def test_no_curve_is_longer_than_its_start() -> None:
    """A solver that leaves its start for a longer curve is told from one that comes to rest nearby."""

    class Straight:
        def solve(self, problem: Problem) -> Candidate:
            none = torch.zeros(len(problem.z0), dtype=torch.float64)
            curve = Line(problem.z0, problem.z1)
            return Candidate(curve, [lg.Outcome.CONVERGED] * len(none), none, none.long(), "straight")

    surface = hyperbolic_ball(3)
    z0, z1 = surface.ends(5)
    z1[2] = z0[2]
    first = lg.geodesic(surface.metric, z0, z1)
    again = lg.geodesic(surface.metric, z0, z1, Straight(), start=first.curve)
    torch.testing.assert_close(again.length, first.length, rtol=1e-9, atol=0)
    moving, rested = lg.Outcome.MAX_ITERATIONS, lg.Outcome.CONVERGED
    assert again.outcome == [moving, moving, rested, moving, moving]
    torch.testing.assert_close(again.curve(9), first.curve(9))
    assert lg.geodesic(surface.metric, z0, z1, start=first.curve).outcome == [rested] * 5
    assert lg.geodesic(surface.metric, z0, z1, Straight(), start=Line(z0, z1)).outcome == [rested] * 5


def test_where_the_default_box_leaves_the_domain_there_is_none() -> None:
    """The pseudosphere ends at y = 1, above which nothing but the box around the points is."""

    def pseudosphere(z: Tensor) -> Tensor:
        x, y = z.unbind(1)
        return torch.stack([x.cos() / y, x.sin() / y, y.acosh() - (1 - y**-2).sqrt()], 1)

    z0, z1 = draw(6, 2, -0.9, 0.9)
    z0, z1 = z0 + z0.new_tensor([0.0, 2.0]), z1 + z1.new_tensor([0.0, 2.0])
    metric = lg.PullbackMetric(pseudosphere)
    found = lg.geodesic(metric, z0, z1)
    across = (z1 - z0).norm(dim=1)
    torch.testing.assert_close(found.length, 2 * torch.asinh(across / (2 * (z0[:, 1] * z1[:, 1]).sqrt())))
    assert found.solver == "SplineCurve(line start, quasi-Newton)"
    with pytest.raises(lg.NotFiniteError, match="choose bounds that lie in its domain"):
        lg.geodesic(metric, z0, z1, bounds=((-2.0, 2.0), (0.5, 4.0)))
    with pytest.raises(lg.NotFiniteError, match="choose bounds that lie in its domain"):
        lg.geodesic(metric, z0, z1, lg.GraphPath())


def slope() -> lg.FunctionMetric:
    """Cheaper to the right, where the default box around points of x = 0 does not reach."""

    def G(z: Tensor) -> Tensor:
        factor = 0.1 + 0.9 * torch.sigmoid(30 * (2 - z[:, 0]))
        return factor[:, None, None] * torch.eye(2, dtype=z.dtype)

    return lg.FunctionMetric(G)


@pytest.mark.parametrize("solver", [None, lg.GaussNewton()])
def test_a_start_beyond_the_box_is_measured_there_and_counts_unless_bounds_are_given(solver: Solver | None) -> None:
    metric, bounds = slope(), ((-1.0, 1.5), (-4.0, 4.0))
    z0, z1 = row(0, -3), row(0, 3)
    start = torch.cat([row(0, -3), row(2.5, -3), row(2.5, 3), row(0, 3)])[None]
    round_it = lg.path(metric, start[0]).length
    free = lg.geodesic(metric, z0, z1, solver, start=start)
    assert float(free.length) <= float(round_it) * (1 + 1e-4)
    kept = lg.geodesic(metric, z0, z1, solver, start=start, bounds=bounds)
    assert bool((kept.curve(65)[..., 0] < 1.6).all())


def test_a_start_round_a_hole_is_kept_where_the_solver_falls_into_it() -> None:
    def G(z: Tensor) -> Tensor:
        hole = torch.where(z.square().sum(1) < 0.09, torch.nan, torch.ones_like(z[:, 0]))
        return hole[:, None, None] * torch.eye(2, dtype=z.dtype)

    start = torch.cat([row(-1, 0), row(-0.5, 0.8), row(0.5, 0.8), row(1, 0)])[None]
    straight = Given(Line(row(-1, 0), row(1, 0)))
    found = lg.geodesic(lg.FunctionMetric(G), row(-1, 0), row(1, 0), straight, start=start)
    assert found.outcome == [lg.Outcome.MAX_ITERATIONS]
    torch.testing.assert_close(found.length, lg.path(lg.FunctionMetric(G), start[0]).length)


def test_a_graph_that_cannot_be_had_is_refused_by_its_reason() -> None:
    metric = lg.FunctionMetric(lambda z: (z[:, 1] - 1).log()[:, None, None].exp() * torch.eye(2, dtype=z.dtype))
    z0, z1 = row(0.0, 1.2), row(1.0, 1.2)
    for solver in (lg.SplineCurve(start="graph"), lg.GaussNewton(start="graph"), lg.GraphPath()):
        with pytest.raises(lg.NotFiniteError, match="needs a cache, and the metric is not finite"):
            lg.geodesic(metric, z0, z1, solver)
