"""Coefficients of variation in closed form, and intervals against those of the normal distribution."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

import latentgeo as lg

F64 = torch.float64


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noisy(retrainings: int, pairs: int, noise: float = 0.1) -> Tensor:
    base = 1 + torch.rand(pairs, generator=seeded(1), dtype=F64)
    return base * (1 + noise * torch.randn(retrainings, pairs, generator=seeded(2), dtype=F64))


def test_two_retrainings() -> None:
    a, b = 1 + torch.rand(2, 9, generator=seeded(), dtype=F64)
    found = lg.coefficient_of_variation(torch.stack([a, b]), generator=seeded())
    torch.testing.assert_close(found.per_pair, 2**0.5 * (a - b).abs() / (a + b))
    assert found.mean == pytest.approx(float(found.per_pair.mean()))
    assert found.median == pytest.approx(float(found.per_pair.sort().values[4]))


def test_numpy_s_deviation_and_even_medians() -> None:
    d = noisy(7, 10)
    found = lg.coefficient_of_variation(d.numpy(), generator=seeded())
    expected = d.numpy().std(axis=0, ddof=1) / d.numpy().mean(axis=0)
    np.testing.assert_allclose(found.per_pair.numpy(), expected, rtol=1e-12)
    assert found.median == pytest.approx(np.median(expected))


def test_a_scale_of_each_model_counts_unless_it_is_taken_away() -> None:
    d = torch.tensor([1.0, 2.0, 3.0], dtype=F64)[:, None] * torch.tensor([1.0, 5.0], dtype=F64)
    torch.testing.assert_close(
        lg.coefficient_of_variation(d, generator=seeded()).per_pair, torch.full((2,), 0.5, dtype=F64)
    )
    same = lg.coefficient_of_variation(d, without_scale=True, generator=seeded())
    assert same.mean == pytest.approx(0, abs=1e-15)
    assert same.mean_interval == pytest.approx((0, 0), abs=1e-15)


def test_the_interval_of_the_mean_is_the_normal_one_of_many_pairs() -> None:
    found = lg.coefficient_of_variation(noisy(10, 400), generator=seeded())
    reach = 1.96 * float(found.per_pair.std()) / 20
    low, high = found.mean_interval
    assert low == pytest.approx(found.mean - reach, abs=0.1 * reach)
    assert high == pytest.approx(found.mean + reach, abs=0.1 * reach)
    half = lg.coefficient_of_variation(noisy(10, 400), level=0.5, generator=seeded()).mean_interval
    assert half[1] - half[0] == pytest.approx(2 * reach * 0.6745 / 1.96, rel=0.1)


def test_the_interval_of_the_median_is_that_of_ranks() -> None:
    # ranks n / 2 -+ 1.96 sqrt(n) / 2 hold the median with a probability of 95 %
    found = lg.coefficient_of_variation(noisy(10, 400), generator=seeded())
    ranked = found.per_pair.sort().values
    low, high = found.median_interval
    slack = 3
    assert float(ranked[180 - slack]) <= low <= float(ranked[180 + slack])
    assert float(ranked[219 - slack]) <= high <= float(ranked[219 + slack])


def test_normal_distances_have_the_variation_that_they_were_drawn_with() -> None:
    found = lg.coefficient_of_variation(noisy(200, 300, 0.05), generator=seeded())
    assert found.mean == pytest.approx(0.05, rel=0.02)


def test_the_generator_decides_and_many_pairs_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    d = noisy(4, 30)
    one, two = (lg.coefficient_of_variation(d, generator=seeded()) for _ in range(2))
    assert one.mean_interval == two.mean_interval
    assert lg.coefficient_of_variation(d, generator=seeded(5)).mean_interval != one.mean_interval
    monkeypatch.setattr("latentgeo.statistics.variation._NUMBERS_AT_ONCE", 100)
    parts = lg.coefficient_of_variation(d, generator=seeded())
    assert parts.mean_interval == pytest.approx(one.mean_interval, rel=0.05)
    assert lg.coefficient_of_variation(d.float(), generator=seeded()).per_pair.dtype == torch.float32


def test_what_has_no_variation() -> None:
    d = noisy(3, 5)
    with pytest.raises(ValueError, match=r"two retrainings and one pair at least; got \(1, 5\)"):
        lg.coefficient_of_variation(d[:1], generator=seeded())
    with pytest.raises(ValueError, match="distances must be finite and positive"):
        lg.coefficient_of_variation(d.index_fill(1, torch.tensor([2]), 0.0), generator=seeded())
    with pytest.raises(ValueError, match="distances must be finite and positive"):
        lg.coefficient_of_variation(d.index_fill(1, torch.tensor([2]), math.inf), generator=seeded())
    with pytest.raises(ValueError, match="level must be between 0 and 1; got 95"):
        lg.coefficient_of_variation(d, level=95.0, generator=seeded())
    with pytest.raises(ValueError, match="resamples must be one or more; got 0"):
        lg.coefficient_of_variation(d, resamples=0, generator=seeded())
