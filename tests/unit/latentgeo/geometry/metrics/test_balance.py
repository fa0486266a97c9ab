"""By how much axes differ in scale, and the units that make up for it."""

import pytest
import torch

from latentgeo.geometry.metrics.balance import axis_units, correlation, round_units
from surfaces import across_the_axes, along_an_axis, draw


def spread(latent: int, count: int = 40) -> torch.Tensor:
    """Metrics that differ from point to point, of comparable scales."""
    A = torch.stack(draw(count // 2, latent * latent, -0.2, 0.2)).view(count, latent, latent)
    A = A + torch.eye(latent, dtype=torch.float64)
    return A @ A.mT


@pytest.mark.parametrize("factor", [1.0, 3.0, 1 / 10])
def test_comparable_scales_are_left_alone(factor: float) -> None:
    A = along_an_axis(3, factor)
    assert torch.equal(axis_units(A @ spread(3) @ A), torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("factor", [20.0, 1e3, 1e9, 1e-4])
def test_units_are_powers_of_two_that_balance_the_axes(factor: float) -> None:
    A = along_an_axis(3, 1 / factor)
    G = A @ spread(3) @ A
    unit = axis_units(G)
    assert torch.equal(torch.frexp(unit)[0], torch.full((3,), 0.5, dtype=torch.float64))
    scale = (unit[:, None] * G * unit).diagonal(dim1=1, dim2=2).median(0).values.sqrt()
    assert float(scale.max() / scale.min()) < 2
    # twice as long everywhere is no other balance
    assert torch.equal(axis_units(4 * G), unit)


def test_a_dead_axis_keeps_its_unit() -> None:
    A = torch.diag(torch.tensor([1.0, 0.0, 1e-3], dtype=torch.float64))
    assert axis_units(A @ spread(3) @ A).tolist() == [1.0, 1.0, 1024.0]
    assert axis_units(torch.zeros(5, 2, 2, dtype=torch.float64)).tolist() == [1.0, 1.0]


def test_points_without_a_metric_do_not_count() -> None:
    A = along_an_axis(2, 1e-3)
    G = A @ spread(2) @ A
    assert torch.equal(axis_units(torch.cat([G, torch.full_like(G[:3], float("nan"))])), axis_units(G))
    assert axis_units(torch.full_like(G, float("inf"))).tolist() == [1.0, 1.0]
    assert round_units(torch.full_like(G, float("nan"))) is None


@pytest.mark.parametrize("latent", [2, 5])
def test_a_thin_direction_across_the_axes_is_made_round(latent: int) -> None:
    A = torch.linalg.inv(across_the_axes(latent, 1e4))
    G = A @ spread(latent) @ A.mT
    unit = round_units(G)
    assert unit is not None
    least, *_, largest = torch.linalg.eigvalsh((unit.mT @ G @ unit).mean(0)).tolist()
    assert largest < 4 * least
    assert round_units(spread(latent)) is None


def test_a_direction_of_no_scale_at_all_is_left_alone() -> None:
    a = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    unit = round_units((a.T @ a).expand(3, 2, 2))
    assert unit is not None
    torch.testing.assert_close(unit, torch.eye(2, dtype=torch.float64))


def test_correlations_do_not_know_the_axes_units() -> None:
    G, A = spread(3), torch.diag(torch.tensor([1e-8, 1.0, 1e5], dtype=torch.float64))
    torch.testing.assert_close(correlation(A @ G @ A)[0], correlation(G)[0])
    # a dead axis is seen
    dead = torch.diag(torch.tensor([1.0, 0.0], dtype=torch.float64))
    assert float(torch.linalg.eigvalsh(correlation(dead)[0])[0]) == 0
