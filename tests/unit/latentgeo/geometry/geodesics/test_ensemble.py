"""The energy of members drawn for each point: against sampled members, and on surfaces whose best curves are known."""

import math

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.metrics.expected import EnsembleMetric
from latentgeo.geometry.solution import Outcome
from latentgeo.geometry.solvers.ensemble_energy import ensemble_quadratic, squared_steps
from surfaces import draw, random_mlp, sphere

F64 = torch.float64


def line(z0, z1, steps):
    return torch.lerp(z0[:, None], z1[:, None], torch.linspace(0, 1, steps + 1, dtype=F64)[:, None])


def shortest(members, start, **settings):
    """From points on, which are as many as the curve's."""
    return lg.ensemble_geodesic(members, start[:, 0], start[:, -1], start.shape[1], start=start, **settings)


def bent(points):
    """The same ends, the inner points moved aside and along, in a fixed way."""
    t = torch.linspace(0, 1, points.shape[1], dtype=points.dtype)
    return (
        points + torch.stack([0.2 * (2 * math.pi * t).sin(), 0.4 * (math.pi * t).sin()], 1) * (t * (1 - t) * 4)[:, None]
    )


def test_the_expectation_is_that_of_sampled_members() -> None:
    members = [random_mlp(obs=5, seed=seed) for seed in range(3)]
    points = line(*draw(1, 2, -1, 1), 4)
    images = torch.stack([member(points[0]) for member in members])
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(3, (200_000, 5), generator=generator)
    curves = images[drawn, torch.arange(5)]
    squares = curves.diff(dim=1).square().sum(2)
    error = squares.std(0) / len(squares) ** 0.5
    found = squared_steps(EnsembleMetric(members), points)[0]
    assert (found - squares.mean(0)).abs().max() < 5 * error.max()
    # the same member for a whole curve is another energy: its expectation is far away
    same = images.diff(dim=1).square().sum(2).mean(0)
    assert ((found - same).abs() > 20 * error).all()
    assert lg.ensemble_energy(members, points) == pytest.approx(4 * float(found.sum()))
    assert lg.ensemble_length(members, points) == pytest.approx(float(found.sqrt().sum()))


def test_the_derivatives_are_those_of_the_energy() -> None:
    members = [random_mlp(obs=7, hidden=8, seed=seed) for seed in range(3)]
    points = bent(line(*draw(2, 2, -1, 1), 5))

    def of_inner(inner):
        chain = torch.cat([points[:, :1], inner, points[:, -1:]], 1)
        images = torch.stack([member(chain.flatten(0, 1)).view(2, 6, -1) for member in members])
        # every pair of members, equally likely
        steps = images[None, :, :, 1:] - images[:, None, :, :-1]
        return 5 * steps.square().sum((3, 4)).mean((0, 1))

    inner = points[:, 1:-1].clone().requires_grad_()
    found = ensemble_quadratic(EnsembleMetric(members))(points)
    torch.testing.assert_close(found.value, of_inner(inner).detach())
    torch.testing.assert_close(found.gradient, torch.autograd.grad(of_inner(inner).sum(), inner)[0])
    hessian = torch.autograd.functional.hessian(lambda z: of_inner(z).sum(), inner.detach())
    for pair in range(2):
        for node in range(4):
            block = hessian[pair, node, :, pair, node]
            torch.testing.assert_close((found.diagonal + found.rest_diagonal)[pair, node], block)
        for node in range(3):
            block = hessian[pair, node, :, pair, node + 1]
            torch.testing.assert_close((found.upper + found.rest_upper)[pair, node], block)
    assert torch.linalg.eigvalsh(found.diagonal).min() >= 0


def test_equal_members_give_the_geodesic_of_the_sphere() -> None:
    surface, steps = sphere(), 32
    z0, z1 = surface.ends(5)
    members = [surface.metric.decoder] * 2
    found = shortest(members, line(z0, z1, steps))
    assert set(found.outcome) == {Outcome.CONVERGED}
    # equal chords of a great circle
    chords = 2 * steps * (surface.distance(z0, z1) / (2 * steps)).sin()
    torch.testing.assert_close(found.length, chords, rtol=1e-7, atol=0)
    torch.testing.assert_close(found.energy, chords.square(), rtol=1e-7, atol=0)
    torch.testing.assert_close(found.energy, surface.distance(z0, z1).square(), rtol=1e-3, atol=0)


def test_a_disagreement_that_is_the_same_everywhere_moves_no_curve() -> None:
    A = torch.tensor([[1.0, 0.5], [0.0, 2.0], [1.0, 1.0]], dtype=F64)
    shifts = torch.tensor([[0.0, 0.0, 0.3], [0.0, 0.4, 0.0], [0.0, 0.0, -0.3]], dtype=F64)
    members = [lambda z, shift=shift: z @ A.T + shift for shift in shifts]
    v = float(shifts.var(0, correction=0).sum())
    z0, z1 = draw(3, 2, -1, 1)
    straight = line(z0, z1, 8)
    found = shortest(members, bent(straight))
    torch.testing.assert_close(found.points, straight, atol=1e-7, rtol=0)
    chord = ((z1 - z0) @ A.T).norm(dim=1)
    # 8 steps of a squared length (chord / 8)^2 + 2 v each
    torch.testing.assert_close(found.energy, chord.square() + 8 * 8 * 2 * v)
    torch.testing.assert_close(found.length, 8 * ((chord / 8).square() + 2 * v).sqrt())


def test_disagreement_in_value_bends_a_curve_that_the_expected_metric_leaves_straight() -> None:
    # linear members: E[J^T J] is constant and its geodesics straight; their variance is a^2 y^2
    a, steps = 0.2, 16
    members = [lambda z, a=sign * 0.2: torch.cat([z, a * z[:, 1:]], 1) for sign in (-1, 1)]
    z0, z1 = torch.tensor([[-1.0, 1.0]], dtype=F64), torch.tensor([[1.0, 1.0]], dtype=F64)
    metric = lg.EnsembleMetric(members)
    torch.testing.assert_close(lg.geodesic(metric, z0, z1).length, torch.full((1,), 2.0, dtype=F64))
    found = shortest(members, line(z0, z1, steps))
    # y_i+1 - 2 y_i + y_i-1 = 2 a^2 y_i
    rate = math.acosh(1 + a**2)
    i = torch.arange(steps + 1, dtype=F64)
    y = ((i - steps / 2) * rate).cosh() / math.cosh(steps / 2 * rate)
    assert y.min() < 0.5
    torch.testing.assert_close(found.points[0, :, 1], y, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.points[0, :, 0], line(z0, z1, steps)[0, :, 0], atol=1e-6, rtol=0)


def test_more_points_count_disagreement_more_often() -> None:
    shifts = (-0.1, 0.1)
    members = [lambda z, shift=shift: z + shift for shift in shifts]
    z0, z1 = draw(2, 2, -1, 1)
    v = 2 * 0.1**2
    for steps in (8, 16):
        expected = (z1 - z0).square().sum(1) + 2 * steps**2 * v
        torch.testing.assert_close(shortest(members, line(z0, z1, steps)).energy, expected)


def test_a_curve_that_was_stopped_says_so_and_is_no_worse_than_its_start() -> None:
    members = [random_mlp(seed=seed) for seed in range(2)]
    start = line(*draw(3, 2, -1, 1), 12)
    found = shortest(members, start, max_iterations=1)
    assert Outcome.MAX_ITERATIONS in found.outcome
    assert (found.energy <= lg.ensemble_energy(members, start)).all()
    again = shortest(members, start, max_iterations=1)
    assert torch.equal(found.points, again.points)


def test_with_members_that_agree_it_is_the_energy_of_their_metric_as_points_grow_many() -> None:
    decoder = random_mlp(obs=5)
    metric = lg.PullbackMetric(decoder)
    curve = lg.euclidean(metric, *draw(2, 2, -1, 1)).curve
    exact = lg.energy(metric, curve), lg.length(metric, curve)
    errors = []
    for points in (257, 513):
        found = lg.ensemble_energy([decoder] * 3, curve, points), lg.ensemble_length([decoder] * 3, curve, points)
        errors.append([float((one / other - 1).abs().max()) for one, other in zip(found, exact, strict=True)])
    assert max(errors[1]) < 1e-3
    # of second order in the steps
    assert errors[0][0] / errors[1][0] == pytest.approx(4, rel=0.1)
    by_default = lg.ensemble_energy([decoder] * 3, curve(64))
    torch.testing.assert_close(lg.ensemble_energy([decoder] * 3, curve), by_default)


def test_the_energy_is_differentiable_in_the_curve() -> None:
    members = [random_mlp(obs=5, seed=seed) for seed in range(2)]
    points = bent(line(*draw(2, 2, -1, 1), 5)).requires_grad_()
    assert torch.autograd.gradcheck(lambda nodes: lg.ensemble_energy(members, nodes), (points,))
    assert torch.autograd.gradcheck(lambda nodes: lg.ensemble_length(members, nodes), (points,))


def test_a_curve_begins_with_the_best_of_the_line_the_expected_geodesic_or_what_is_given() -> None:
    members = [random_mlp(obs=6, hidden=8, seed=seed) for seed in range(3)]
    z0, z1 = draw(3, 2, -1.5, 1.5)
    line_energy = lg.ensemble_energy(members, lg.euclidean(lg.EnsembleMetric(members), z0, z1).curve, 24)
    expected = lg.geodesic(lg.EnsembleMetric(members), z0, z1).curve
    found = lg.ensemble_geodesic(members, z0, z1, 24)
    assert set(found.outcome) == {Outcome.CONVERGED}
    assert (found.energy <= torch.minimum(line_energy, lg.ensemble_energy(members, expected, 24))).all()
    torch.testing.assert_close(found.energy, lg.ensemble_energy(members, found.points))
    torch.testing.assert_close(found.length, lg.ensemble_length(members, found.points))
    assert torch.equal(found.points[:, 0], z0)
    torch.testing.assert_close(found.points[:, -1], z1)
    # of two starts a pair takes its own better one: the other has no say
    worse = bent(line(z0, z1, 23))
    again = lg.ensemble_geodesic(members, z0, z1, 24, start=[worse, expected])
    alone = lg.ensemble_geodesic(members, z0, z1, 24, start=expected)
    torch.testing.assert_close(again.points, alone.points)


@pytest.mark.parametrize("latent", [1, 10])
def test_other_latent_dimensions(latent: int) -> None:
    members = [random_mlp(latent, obs=12, hidden=16, seed=seed) for seed in range(2)]
    z0, z1 = draw(2, latent, -0.5, 0.5)
    found = lg.ensemble_geodesic(members, z0, z1, 16, start=line(z0, z1, 15))
    assert found.outcome == [Outcome.CONVERGED] * 2
    assert found.points.shape == (2, 16, latent)
    points = found.points.requires_grad_()
    (slope,) = torch.autograd.grad(lg.ensemble_energy(members, points).sum(), points)
    assert float(slope[:, 1:-1].norm()) < 1e-3 * float(slope.norm())


def test_a_metric_of_members_lends_its_settings() -> None:
    full = 2 * math.pi
    members = [lambda z, r=r: torch.stack([r * z[:, 0].cos(), r * z[:, 0].sin(), z[:, 1]], 1) for r in (0.9, 1.1)]
    around = lg.EnsembleMetric(members, periods=(full, None))
    z0, z1 = torch.tensor([[0.3, 0.0]], dtype=F64), torch.tensor([[6.0, 0.0]], dtype=F64)
    found = lg.ensemble_geodesic(around, z0, z1, 9)
    # the short way, to the image of z1; by symmetry along the circle at even steps, radii of mean 1 and variance 0.01
    assert float(found.points[0, -1, 0]) == pytest.approx(6.0 - full)
    chord = 2 * math.sin((full - 5.7) / 8 / 2)
    assert float(found.energy) == pytest.approx(64 * (chord**2 + 2 * 0.1**2))
    far = lg.ensemble_geodesic(lg.EnsembleMetric(members), z0, z1, 9, start=line(z0, z1, 8))
    assert float(far.points[0, -1, 0]) == 6.0


def test_float32_is_solved_in_float64_and_comes_back() -> None:
    members = [random_mlp(obs=5, seed=seed).float() for seed in range(2)]
    z0, z1 = draw(2, 2, -1, 1)
    found = lg.ensemble_geodesic(members, z0.float(), z1.float(), 12)
    assert {found.points.dtype, found.energy.dtype, found.residual.dtype} == {torch.float32}
    double = lg.ensemble_geodesic([member.double() for member in members], z0.float().double(), z1.float().double(), 12)
    torch.testing.assert_close(found.energy.double(), double.energy, rtol=1e-5, atol=0)


def test_no_pairs_and_pairs_of_one_point() -> None:
    members = [random_mlp(obs=5, seed=seed) for seed in range(2)]
    none = lg.ensemble_geodesic(members, torch.zeros(0, 2, dtype=F64), torch.zeros(0, 2, dtype=F64), 8)
    assert none.points.shape == (0, 8, 2)
    assert none.outcome == []
    z, _ = draw(1, 2, -1, 1)
    images = torch.stack([member(z) for member in members])
    still = lg.ensemble_energy(members, z[:, None].expand(-1, 8, -1))
    # no step, but both ends of each of seven disagree
    assert float(still) == pytest.approx(7 * 7 * 2 * float(images.var(0, correction=0).sum()))
    assert float(lg.ensemble_geodesic(members, z, z, 8).energy) <= float(still)


@pytest.mark.filterwarnings("ignore::latentgeo.PiecewiseLinearWarning")
def test_creases_are_uncertified() -> None:
    members = [torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4)) for _ in range(2)]
    for seed, member in enumerate(members):
        for weight in member.parameters():
            weight.data = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed), dtype=F64)
    z0, z1 = draw(2, 2, -1, 1)
    start = line(z0, z1, 12)
    found = lg.ensemble_geodesic(members, z0, z1, 13, start=start)
    assert Outcome.CONVERGED not in found.outcome
    assert (found.energy <= lg.ensemble_energy(members, start)).all()


def test_what_is_solved_comes_back_from_a_file(tmp_path) -> None:
    members = [random_mlp(obs=5, seed=seed) for seed in range(2)]
    z0, z1 = draw(2, 2, -1, 1)
    found = lg.ensemble_geodesic(members, z0, z1, 8, start=line(z0, z1, 7))
    lg.save(tmp_path / "found.npz", found)
    again = lg.load(tmp_path / "found.npz")
    assert torch.equal(again.points, found.points)
    assert again.outcome == found.outcome
    assert repr(again) == repr(found)


def test_what_cannot_be_solved_is_named() -> None:
    z0, z1 = draw(2, 2, -1, 1)
    one = [sphere().metric.decoder]
    start = line(z0, z1, 7)
    with pytest.raises(ValueError, match="decoders: expected at least one, got none"):
        lg.ensemble_geodesic([], z0, z1)
    with pytest.raises(ValueError, match=r"the same number of outputs; got \[5, 3\]"):
        lg.ensemble_energy([random_mlp(obs=5), random_mlp(obs=3)], start)
    with pytest.raises(ValueError, match=r"points must be a number of points of each curve, 4 or more; got 3"):
        lg.ensemble_geodesic(one, z0, z1, 3)
    with pytest.raises(ValueError, match=r"each curve, 2 or more; got 1"):
        lg.ensemble_energy(one, start, 1)
    with pytest.raises(ValueError, match=r"two nodes or more; got \(2, 1, 2\)"):
        lg.ensemble_energy(one, start[:, :1])
    with pytest.raises(ValueError, match="start must be curves from z0 to z1"):
        lg.ensemble_geodesic(one, z0, z1 + 1, 8, start=start)
    with pytest.raises(ValueError, match=r"start must be curves .*\(1, 2\) \(pairs, latent\) for \(2, 2\)"):
        lg.ensemble_geodesic(one, z0, z1, 8, start=start[:1])
    with pytest.raises(ValueError, match="got an empty sequence"):
        lg.ensemble_geodesic(one, z0, z1, start=[])
    with pytest.raises(ValueError, match="z0 must be finite"):
        lg.ensemble_geodesic(one, z0 * float("nan"), z1)
    members = [random_mlp(seed=seed) for seed in range(2)]
    with pytest.raises(lg.GeodesicError, match=r"did not converge \(pair"):
        lg.ensemble_geodesic(members, z0, z1, 8, start=bent(start), max_iterations=1, throw=True)
