"""Reading gzipped IDX files."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from replication.raw.idx import read_idx, write_idx

VALUES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def test_what_is_written_is_read(tmp_path: Path):
    write_idx(tmp_path / "a.gz", VALUES)
    np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), VALUES)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: whole[:-9], "not a whole gzip file"),
        (lambda whole: b"plain text", "not a whole gzip file"),
        (lambda whole: b"", "expected IDX"),
        (lambda whole: gzip.compress(b""), "expected IDX"),
        (lambda whole: gzip.compress(b"\x00\x00\x0d\x01" + bytes(8)), "expected IDX"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:-1]), r"expected \(2, 3, 4\) values.*found 23"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:10]), "expected a header of 16 bytes, found 10"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, spoil, said: str):
    write_idx(tmp_path / "a.gz", VALUES)
    (tmp_path / "a.gz").write_bytes(spoil((tmp_path / "a.gz").read_bytes()))
    with pytest.raises(ValueError, match=said):
        read_idx(tmp_path / "a.gz")
