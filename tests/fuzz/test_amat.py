"""Damaged .amat files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.effort import parser_inputs
from fuzz.endings import answer
from fuzz.mutations import damaged
from replication.raw.amat import read_amat

VALID = b"0 1 1 0\n1 1 0 0\n0 0 0 1\n"


@parser_inputs(400, 25_000)
@given(content=damaged(VALID, [b"0", b"1", b"01", b"1.0", b"\n"]), columns=st.sampled_from([4, 4, 4, 1, 3, 784]))
def test_a_damaged_table_is_read_or_refused(folder: Path, content: bytes, columns: int) -> None:
    path = folder / "rows.amat"
    path.write_bytes(content)
    found = answer(lambda: read_amat(path, columns), "rows.amat", plain=True)
    if found is not None:
        assert found.dtype == np.uint8
        assert [b"%d" % value for value in found.flatten()] == content.split()
        assert found.shape == (len(found), columns)
        assert len(found)


@pytest.mark.parametrize("columns", [0, -1])
def test_a_table_without_columns_is_refused(folder: Path, columns: int) -> None:
    path = folder / "rows.amat"
    path.write_bytes(VALID)
    assert answer(lambda: read_amat(path, columns), "columns") is None


def test_what_is_no_file_is_refused(folder: Path) -> None:
    assert answer(lambda: read_amat(folder / "none.amat", 4), "none.amat") is None
    assert answer(lambda: read_amat(folder, 4), folder.name) is None
