"""References: what they are made of, that they are kept, and that the solver that checks them is right."""

import math

import pytest
import torch

from benchmarks.geodesic_bench import certify, files, references, scores
from benchmarks.geodesic_bench.interface import Problem
from benchmarks.geodesic_bench.references import certified
from benchmarks.geodesic_bench.relax import relaxed
from benchmarks.geodesic_bench.ruler import measure, straight

CASES = [case.name for case in files.cases()]
NAN = float("nan")


def tensor(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_a_distance_stands_and_of_curves_the_shortest_counts() -> None:
    line, first, check = tensor(2, 2, 2), tensor(1, 1.02, 1), tensor(1.01, 1, NAN)
    known = certified(line, first, check, exact=True)
    assert torch.equal(known.length, first)
    torch.testing.assert_close(known.error, tensor(0.01, 1 - 1 / 1.02, NAN), equal_nan=True)
    found = certified(line, first, check, exact=False, found=tensor(0.8, torch.inf, torch.inf))
    torch.testing.assert_close(found.length, tensor(0.8, 1, 1))
    torch.testing.assert_close(found.error, tensor(1.01 / 0.8 - 1, 0.02, NAN), equal_nan=True)


def test_they_are_kept_to_the_last_digit(tmp_path) -> None:
    made = certified(tensor(2, math.pi), tensor(1, 3), tensor(NAN, 3 + 1e-15), exact=False)
    certify.write("a", made, tmp_path)
    kept = references.read("a", tmp_path)
    for column in references.COLUMNS[1:]:
        torch.testing.assert_close(getattr(kept, column), getattr(made, column), rtol=0, atol=0, equal_nan=True)
    with pytest.raises(ValueError, match=r"no references of 'b' in .*: make them by"):
        references.read("b", tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_the_committed_ones_are_certified(name: str) -> None:
    case, kept = files.case(name), references.read(name)
    made = certified(kept.line, kept.first, kept.check, exact=True)
    assert (kept.length <= kept.line * (1 + 1e-9)).all()
    if case.distance is not None:
        assert torch.equal(kept.length, kept.first)
        # curves are no shorter than distances, but for rounding and the tolerance of collocation
        assert (kept.check >= kept.length * (1 - 1e-10)).all()
        assert kept.error.max() < 1e-6
        torch.testing.assert_close(kept.error, made.error)
    else:
        assert (kept.length <= torch.fmin(kept.first, kept.check) * (1 + 1e-12)).all()


@pytest.mark.parametrize("name", [name for name in CASES if files.case(name).distance is not None])
def test_the_committed_distances_are_those_of_the_case(name: str) -> None:
    case, problem = files.case(name), files.problem(name)
    assert case.distance is not None
    few = slice(0, 3)
    torch.testing.assert_close(
        case.distance(problem.z0[few], problem.z1[few]), references.read(name).length[few], rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("name", ["hyperbolic_plane", "swiss_roll", "torus"])
def test_an_embedding_has_the_metric_of_its_distance(name: str) -> None:
    """Short straight lines are as long as the distance between their ends, to second order."""
    case, problem = files.case(name), files.problem(name)
    assert case.distance is not None
    z0 = problem.z0[:5]
    z1 = z0 + 1e-3 * (problem.z1[:5] - z0)
    line = measure(problem, straight(z0, z1), z0, z1).length
    torch.testing.assert_close(line, case.distance(z0, z1), rtol=1e-6, atol=0)


def test_no_committed_curve_is_shorter_than_its_reference() -> None:
    judged = scores.judge(scores.read().lengths)
    assert judged.excess.min() > -1e-9


def test_relaxation_finds_great_circles() -> None:
    problem = files.case("sphere").problem()
    z0, z1 = problem.z0[:4], problem.z1[:4]
    few = Problem(problem.group, problem.decoder, 3, z0, z1)
    curves = relaxed(few, segments=48, size=25)
    found = measure(few, curves, z0, z1)
    torch.testing.assert_close(found.length, references.read("sphere").length[:4], rtol=1e-9, atol=0)
    assert found.gap.max() < 1e-12


def test_relaxation_in_more_dimensions_and_round_a_corner() -> None:
    """A straight line in a sheared space of four dimensions, the flat chart of which is known."""

    def flat(z: torch.Tensor) -> torch.Tensor:
        return torch.cat([z[:, :3], z[:, 3:] + z[:, :1] ** 2], 1)

    generator = torch.Generator().manual_seed(0)
    z0, z1 = torch.randn(2, 5, 4, generator=generator, dtype=torch.float64)
    problem = Problem("many dimensions", flat, 4, z0, z1)
    found = measure(problem, relaxed(problem, segments=24), z0, z1)
    distance = (flat(z1) - flat(z0)).norm(dim=1)
    torch.testing.assert_close(found.length, distance, rtol=1e-9, atol=0)


def test_relaxation_starts_in_the_shorter_valley() -> None:
    """Over a steep hill between the points a straight start stays on top; a path of the grid goes round."""

    def hill(z: torch.Tensor) -> torch.Tensor:
        return torch.cat([z, 3 * torch.exp(-4 * z.square().sum(1, keepdim=True))], 1)

    z0, z1 = tensor(-1.5, 0.02)[None], tensor(1.5, 0.02)[None]
    problem = Problem("closed forms", hill, 3, z0, z1)
    # room for a way round: the box is that of all end points
    z0, z1 = torch.cat([z0, tensor(-1.5, 1.5)[None]]), torch.cat([z1, tensor(1.5, 1.5)[None]])
    wide = Problem("closed forms", hill, 3, z0, z1)
    round_it = measure(wide, relaxed(wide, segments=64, size=41), z0, z1).length[0]
    over = measure(problem, straight(z0[:1], z1[:1]), z0[:1], z1[:1]).length[0]
    assert over > 6
    assert round_it < 4.5
