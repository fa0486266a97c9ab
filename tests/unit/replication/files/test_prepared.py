"""Prepared data come back as they were, and never with a NaN."""

from pathlib import Path

import numpy as np
import pytest

from replication.files import artifacts
from replication.files.prepared import read_prepared, write_prepared


def test_what_is_written_is_read(tmp_path: Path) -> None:
    arrays = {"train": np.eye(3, dtype=np.float32), "label": np.arange(3), "role": np.array(["a", "b"])}
    write_prepared(tmp_path / "toy.npz", tmp_path / "toy.json", arrays, {"noise": 0.1})
    found, facts = read_prepared(tmp_path / "toy.npz")
    assert facts == {"noise": 0.1}
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_nan_is_named_and_neither_written_nor_read(tmp_path: Path, value: float) -> None:
    arrays = {"train": np.zeros((4, 2)), "angle": np.array([0.0, 1.0, value, value])}
    message = r"toy\.npz: expected finite numbers; row 2 of 'angle' holds a NaN or an infinity"
    with pytest.raises(ValueError, match=message):
        write_prepared(tmp_path / "toy.npz", tmp_path / "toy.json", arrays, {})
    assert not list(tmp_path.iterdir())
    artifacts.write_npz(tmp_path / "toy.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_prepared(tmp_path / "toy.npz")
