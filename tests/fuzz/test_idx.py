"""Damaged IDX files: the gzip around, the header within, and headers that promise more than there is."""

import gzip
import math
import struct
import tracemalloc
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fuzz.effort import parser_inputs
from fuzz.endings import answer
from fuzz.mutations import damaged
from replication.raw.idx import read_idx

VALUES = bytes(range(24))
VALID = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 4) + VALUES

extents = st.sampled_from([0, 1, 2, 3, 4, 24, 255, 1 << 16, 1 << 31, (1 << 32) - 1])
headers = st.lists(extents, max_size=255).map(
    lambda shape: struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape)
)
contents = st.one_of(
    damaged(VALID),
    st.builds(bytes.__add__, headers, st.sampled_from([b"", VALUES[:1], VALUES[:12], VALUES])),
)


@parser_inputs(400, 12_500)
@given(contents)
def test_damaged_content_is_read_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "images.gz"
    path.write_bytes(gzip.compress(content, 1))
    check(path, content)


@parser_inputs(400, 12_500)
@given(damaged(gzip.compress(VALID, 1, mtime=0)))
def test_damaged_gzip_is_read_or_refused(folder: Path, compressed: bytes) -> None:
    path = folder / "images.gz"
    path.write_bytes(compressed)
    check(path, VALID)


def check(path: Path, content: bytes) -> None:
    found = answer(lambda: read_idx(path), "images.gz")
    if found is not None:
        start = 4 + 4 * content[3]
        assert content[:3] == bytes([0, 0, 8])
        assert found.shape == struct.unpack(f">{content[3]}I", content[4:start])
        assert math.prod(found.shape) == found.size
        assert found.dtype == np.uint8
        assert found.tobytes() == content[start:]


def test_a_small_file_does_not_swell_in_memory(folder: Path) -> None:
    path = folder / "images.gz"
    path.write_bytes(gzip.compress(VALID + bytes(1 << 26), 1))
    tracemalloc.start()
    try:
        assert answer(lambda: read_idx(path), "expected (2, 3, 4) values as its header says") is None
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_what_is_no_file_is_refused(folder: Path) -> None:
    assert answer(lambda: read_idx(folder / "none.gz"), "No such file") is None
    assert answer(lambda: read_idx(folder), folder.name) is None
