"""The IDX format of MNIST's images and labels, gzipped: unsigned bytes with their shape in front."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

__all__ = ["read_idx", "write_idx"]

_UNSIGNED_BYTE = 0x08
_MOST_AXES = 32
_PIECE = 1 << 20


def read_idx(path: Path) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes; no more of it is unpacked than its header asks for.

    Raises:
        ValueError: Not gzip, not IDX, or cut short; the message says what was expected.
        OSError: There is no such file, or it cannot be read.
    """
    with path.open("rb") as compressed:
        try:
            with gzip.open(compressed) as stream:
                shape = _read_shape(path, stream)
                expected = math.prod(shape)
                content = _read(stream, expected + 1)
        except (OSError, EOFError, zlib.error) as problem:
            raise ValueError(f"{path}: not a whole gzip file ({problem})") from problem
    if len(content) != expected:
        found = len(content) if len(content) < expected else "more"
        raise ValueError(f"{path}: expected {shape} values as its header says, found {found}")
    try:
        return np.frombuffer(content, dtype=np.uint8).reshape(shape)
    except ValueError as problem:
        raise ValueError(f"{path}: its header gives the shape {shape}, which no array has ({problem})") from problem


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write unsigned bytes as gzipped IDX; the same values give the same bytes."""
    header = bytes([0, 0, _UNSIGNED_BYTE, values.ndim]) + np.array(values.shape, dtype=">u4").tobytes()
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0))


def _read_shape(path: Path, stream: gzip.GzipFile) -> tuple[int, ...]:
    start = _read(stream, 4)
    if len(start) < 4 or start[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(f"{path}: expected IDX of unsigned bytes (00 00 08 ..), found {start.hex(' ')!r}")
    if start[3] > _MOST_AXES:
        raise ValueError(f"{path}: expected at most {_MOST_AXES} axes, found {start[3]} in the header")
    header = _read(stream, 4 * start[3])
    if len(header) < 4 * start[3]:
        expected, found = 4 + 4 * start[3], 4 + len(header)
        raise ValueError(f"{path}: expected a header of {expected} bytes, found {found} bytes in all")
    return tuple(np.frombuffer(header, dtype=">u4").tolist())


def _read(stream: gzip.GzipFile, most: int) -> bytes:
    """So many bytes, or all that there are; piece by piece, as a damaged header may promise more than memory holds."""
    content = bytearray()
    while len(content) < most and (piece := stream.read(min(_PIECE, most - len(content)))):
        content += piece
    return bytes(content)
