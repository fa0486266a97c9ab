"""Conjugate points: solutions' curves, several pairs at once, ends that were not reached, and what is refused."""

import math

import pytest
import torch
from torch import Tensor

import latentgeo as lg
from latentgeo.geometry.curves.curve import Line
from surfaces import draw, hyperbolic, random_mlp, sphere_by_angles

ANGLES = sphere_by_angles(1.0).metric


def along_the_equator(*turns: float) -> Line:
    """In longitude and latitude."""
    z1 = torch.tensor([[turn, 0.0] for turn in turns], dtype=torch.float64)
    return Line(torch.zeros_like(z1), z1)


def test_pairs_do_not_depend_on_each_other() -> None:
    together = lg.conjugate_points(ANGLES, along_the_equator(7.0, 1.0, 4.0))
    assert together.count.tolist() == [2, 0, 1]
    assert together.times.shape == (3, 2)
    assert together.times.isnan().tolist() == [[False, False], [True, True], [False, True]]
    expected = torch.tensor([math.pi / 7, math.inf, math.pi / 4], dtype=torch.float64)
    torch.testing.assert_close(together.first, expected, rtol=0, atol=1e-6)
    alone = lg.conjugate_points(ANGLES, along_the_equator(4.0))
    torch.testing.assert_close(alone.first, together.first[2:], rtol=0, atol=1e-6)


def test_a_solution_of_a_decoder() -> None:
    z0, z1 = draw(2, 2, -0.3, 0.3)
    solution = lg.geodesic(lg.PullbackMetric(random_mlp(hidden=8)), z0, z1)
    found = lg.conjugate_points(lg.PullbackMetric(random_mlp(hidden=8)), solution.curve)
    # shortest ones have none
    assert found.count.tolist() == [0, 0]
    assert found.times.shape == (2, 0)
    assert "2 reached" in repr(found)
    assert not found.first.requires_grad


def test_no_pairs_and_curves_that_stay() -> None:
    z, _ = draw(2, 2, -0.3, 0.3)
    assert lg.conjugate_points(ANGLES, Line(z[:0], z[:0])).times.shape == (0, 0)
    assert lg.conjugate_points(ANGLES, Line(z, z)).count.tolist() == [0, 0]


def test_where_the_metric_ends_the_search_does() -> None:
    def on_part_of_a_sphere(z: Tensor) -> Tensor:
        G = torch.diag_embed(torch.stack([z[:, 1].cos() ** 2, torch.ones_like(z[:, 0])], 1))
        return torch.where((z[:, 0] < 5)[:, None, None], G, float("nan"))

    curve = along_the_equator(4.0, 10.0)
    found = lg.conjugate_points(lg.FunctionMetric(on_part_of_a_sphere), curve)
    assert [outcome.value for outcome in found.outcome] == ["reached", "left_domain"]
    assert found.count.tolist() == [1, 1]
    torch.testing.assert_close(found.first, torch.tensor([math.pi / 4, math.pi / 10]).double(), rtol=0, atol=1e-5)
    assert found.time[0] == 1
    assert math.pi / 10 < float(found.time[1]) <= 0.5
    with pytest.raises(lg.GeodesicError, match="pair 1: left_domain"):
        lg.conjugate_points(lg.FunctionMetric(on_part_of_a_sphere), curve, throw=True)


def test_few_steps_do_not_reach_the_end() -> None:
    z0, z1 = hyperbolic().ends(1)
    found = lg.conjugate_points(hyperbolic().metric, Line(z0, z1), max_steps=1)
    assert [outcome.value for outcome in found.outcome] == ["step_limit"]
    assert float(found.time) < 1


@pytest.mark.usefixtures("unchecked")
def test_a_tolerance_that_is_none() -> None:
    with pytest.raises(ValueError, match="tolerance must be positive; got 0"):
        lg.conjugate_points(ANGLES, along_the_equator(1.0), tolerance=0)
