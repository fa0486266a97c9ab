import pytest
import torch

import latentgeo as lg

A = torch.diag(torch.tensor([3.0, 1.0], dtype=torch.float64))
LINEAR = lg.PullbackMetric(lambda z: z @ A, probe=torch.zeros(2, 2, dtype=torch.float64))
Z = torch.randn(11, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_scale_of_smoothing_is_the_squared_median_of_the_largest_eigenvalue() -> None:
    assert lg.SmoothedMetric.from_data(LINEAR, Z, 5.0).lambda_s == pytest.approx(5 * 9.0**2)


def test_at_strength_one_the_largest_eigenvalue_is_halved() -> None:
    smoothed = lg.SmoothedMetric.from_data(LINEAR, Z)
    assert torch.linalg.eigvalsh(smoothed(Z))[:, 1].tolist() == pytest.approx([4.5] * len(Z))


def test_arrays_will_do_and_the_rank_is_kept() -> None:
    assert lg.SmoothedMetric.from_data(LINEAR, Z.numpy(), 2.0, rank=1).rank == 1


@pytest.mark.parametrize(
    ("z", "strength", "words"),
    [
        (Z[:0], 1.0, "got 0 points"),
        (Z, -1.0, "not negative"),
        (Z, float("inf"), "finite"),
        (Z / 0, 1.0, "z must be finite"),
    ],
)
def test_no_scale_without_points_or_with_an_odd_strength(z: torch.Tensor, strength: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lg.SmoothedMetric.from_data(LINEAR, z, strength)
