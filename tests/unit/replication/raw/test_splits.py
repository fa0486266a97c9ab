"""Random splits."""

import numpy as np
import pytest
import torch

from replication.raw.splits import random_split, subsample


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_parts_are_disjoint_and_complete():
    parts = random_split(1003, 0.1, 0.2, generator())
    assert {role: len(rows) for role, rows in parts.items()} == {"train": 702, "valid": 100, "test": 201}
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(1003))


def test_the_generator_decides():
    first, again, other = (random_split(100, 0.1, 0.1, generator(seed))["test"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_an_empty_part_is_an_error():
    with pytest.raises(ValueError, match="leave an empty part"):
        random_split(10, 0.01, 0.1, generator())


def test_subsampling():
    np.testing.assert_array_equal(subsample(5, None, generator()), np.arange(5))
    np.testing.assert_array_equal(subsample(5, 7, generator()), np.arange(5))
    rows = subsample(1000, 100, generator())
    assert len(set(rows.tolist())) == 100
    assert (np.diff(rows) > 0).all()
    assert 400 < rows.mean() < 600
