"""The energy of members drawn for each point: against sampled members, and on surfaces whose best curves are known."""

import math

import pytest
import torch

import latentgeo as lg
from latentgeo.geometry.solution import Outcome
from replication.measuring.member_energy import energy, length, quadratic, shortest, squared_steps
from surfaces import draw, random_mlp, sphere

F64 = torch.float64


def line(z0, z1, steps):
    return torch.lerp(z0[:, None], z1[:, None], torch.linspace(0, 1, steps + 1, dtype=F64)[:, None])


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
    found = squared_steps(members, points)[0]
    assert (found - squares.mean(0)).abs().max() < 5 * error.max()
    # the same member for a whole curve is another energy: its expectation is far away
    same = images.diff(dim=1).square().sum(2).mean(0)
    assert ((found - same).abs() > 20 * error).all()
    assert energy(members, points) == pytest.approx(4 * float(found.sum()))
    assert length(members, points) == pytest.approx(float(found.sqrt().sum()))


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
    found = quadratic(members)(points)
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
    assert (found.energy <= energy(members, start)).all()
    again = shortest(members, start, max_iterations=1)
    assert torch.equal(found.points, again.points)


def test_what_cannot_be_solved_is_named() -> None:
    with pytest.raises(ValueError, match="members: expected at least one decoder, got none"):
        shortest([], torch.zeros(1, 5, 2, dtype=F64))
    with pytest.raises(ValueError, match=r"four points or more; got \(1, 3, 2\)"):
        shortest([sphere().metric.decoder], torch.zeros(1, 3, 2, dtype=F64))
