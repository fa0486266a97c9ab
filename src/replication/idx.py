"""The IDX format of MNIST's images and labels, gzipped: unsigned bytes with their shape in front."""

import gzip
import zlib
from pathlib import Path

import numpy as np

__all__ = ["read_idx", "write_idx"]

_UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes.

    Raises:
        ValueError: Not gzip, not IDX, or cut short; the message says what was expected.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as problem:
        raise ValueError(f"{path}: not a whole gzip file ({problem})") from problem
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(f"{path}: expected IDX of unsigned bytes (00 00 08 ..), found {content[:4].hex(' ')!r}")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise ValueError(f"{path}: expected a header of {start} bytes, found {len(content)} bytes in all")
    shape = tuple(np.frombuffer(content[4:start], dtype=">u4").tolist())
    values = np.frombuffer(content, dtype=np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=int):
        raise ValueError(f"{path}: expected {shape} values as its header says, found {values.size}")
    return values.reshape(shape)


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write unsigned bytes as gzipped IDX; the same values give the same bytes."""
    header = bytes([0, 0, _UNSIGNED_BYTE, values.ndim]) + np.array(values.shape, dtype=">u4").tobytes()
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0))
