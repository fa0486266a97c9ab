"""The .amat text of Larochelle's binarised MNIST: rows of '0' and '1', parted by spaces."""

from pathlib import Path

import numpy as np

__all__ = ["read_amat", "write_amat"]

_ZERO, _SPACE, _NEWLINE = ord("0"), ord(" "), ord("\n")


def read_amat(path: Path, columns: int) -> np.ndarray:
    """Read a binary table.

    A file laid out to the byte as the public ones is read at the disk's speed; any other is read line by line, which
    also finds the line of an error.

    Args:
        path: The file.
        columns: Values in a row.

    Returns:
        uint8 of shape (rows, columns), 0 or 1.

    Raises:
        ValueError: An empty file, a row of another length, or something other than 0 and 1; the message names the row.
            Or less than one column.
    """
    if columns < 1:
        raise ValueError(f"{path}: columns must be at least 1; got {columns}")
    raw = np.fromfile(path, dtype=np.uint8)
    if raw.size == 0:
        raise ValueError(f"{path}: empty; expected rows of {columns} values 0 or 1")
    if raw.size % (2 * columns) == 0:
        table = raw.reshape(-1, 2 * columns)
        values = table[:, ::2] - _ZERO
        separated = (table[:, 1:-1:2] == _SPACE).all() and (table[:, -1] == _NEWLINE).all()
        if separated and values.max() <= 1:
            return values
    return _read_lines(path, columns)


def write_amat(path: Path, rows: np.ndarray) -> None:
    """Write a binary table in the layout of the public files."""
    table = np.full((len(rows), 2 * rows.shape[1]), _SPACE, dtype=np.uint8)
    table[:, ::2] = rows + _ZERO
    table[:, -1] = _NEWLINE
    path.write_bytes(table.tobytes())


def _read_lines(path: Path, columns: int) -> np.ndarray:
    rows = []
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            words = line.split()
            for column, word in enumerate(words, start=1):
                if word not in (b"0", b"1"):
                    found = repr(word[:20]).removeprefix("b")
                    raise ValueError(f"{path}, row {number}, column {column}: expected 0 or 1, found {found}")
            if len(words) != columns:
                raise ValueError(f"{path}, row {number}: expected {columns} values, found {len(words)}")
            rows.append(np.array(words, dtype="S1").view(np.uint8) - _ZERO)
    return np.stack(rows)
