"""Reading rows of '0' and '1'."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.raw.amat import read_amat, write_amat


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "digits.amat"


@given(st.integers(1, 20), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_what_is_written_is_read(tmp_path_factory, rows: int, columns: int, seed: int):
    path = tmp_path_factory.mktemp("amat") / "digits.amat"
    table = np.random.default_rng(seed).integers(0, 2, (rows, columns), dtype=np.uint8)
    write_amat(path, table)
    got = read_amat(path, columns)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, table)


@pytest.mark.parametrize("text", ["0 1 1\n1 0 0", "0 1 1\r\n1 0 0\r\n", "0 1 1 \n 1 0 0\n", "0\t1 1\n1 0 0\n"])
def test_another_layout_of_the_same_rows_is_read(path: Path, text: str):
    path.write_bytes(text.encode())
    np.testing.assert_array_equal(read_amat(path, 3), [[0, 1, 1], [1, 0, 0]])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty; expected rows of 3 values"),
        ("0 1 1\n0 1 2\n", "row 2, column 3: expected 0 or 1, found '2'"),
        ("0 1 1\n0 /  1\n", "row 2, column 2: expected 0 or 1, found '/'"),
        ("0 1 1\n0 1\n", "row 2: expected 3 values, found 2"),
        ("0 1 1\n0 1 1 1\n1 1\n", "row 2: expected 3 values, found 4"),
        ("0 1 1\n\n0 1 1\n", "row 2: expected 3 values, found 0"),
        ("0 1 1\n0 1.0 1\n", "row 2, column 2: expected 0 or 1, found '1.0'"),
        ("0 1 1\n0 1 \xff\n", r"row 2, column 3: expected 0 or 1, found '\\xff'"),
        ("\xef\xbb\xbf0 1 1\n", r"row 1, column 1: expected 0 or 1, found '\\xef\\xbb\\xbf0'"),
        ("0 1 1\n\x1a", r"row 2, column 1: expected 0 or 1, found '\\x1a'"),
    ],
)
def test_a_bad_row_is_named(path: Path, text: str, said: str):
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=said) as caught:
        read_amat(path, 3)
    assert "digits.amat" in str(caught.value)
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
