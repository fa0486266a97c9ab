"""Reading and writing the pipeline's artifacts: npz, csv, json and text, whole or not at all.

A file is written beside its place, flushed to disk and then renamed onto it, so that a reader never meets half a
file, whatever ends the writer. Weights have a module of their own, `replication.models.checkpoints`.
"""

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "naming",
    "read_csv",
    "read_json",
    "read_npz",
    "require_writable",
    "sha256",
    "write_bytes",
    "write_csv",
    "write_json",
    "write_npz",
    "write_text",
]


def write_npz(path: Path | str, **arrays: np.ndarray) -> None:
    """Write named arrays as a compressed npz; the same arrays give the same bytes.

    Raises:
        ValueError: An array holds Python objects, which npz would pickle.
    """
    for name, array in arrays.items():
        if np.asarray(array).dtype == object:
            raise ValueError(f"{path}: array {name!r} holds Python objects; expected numbers or fixed-width strings")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # pyright: ignore[reportArgumentType]
    write_bytes(path, buffer.getvalue())


def read_npz(path: Path | str) -> dict[str, np.ndarray]:
    """Read every array of an npz; pickled content is refused."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_csv(path: Path | str, frame: "pd.DataFrame") -> None:
    """Write a table as csv without its index; floats keep all their digits."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def read_csv(path: Path | str) -> "pd.DataFrame":
    """Read a table; an empty field is NaN."""
    import pandas as pd

    return pd.read_csv(path)


def write_json(path: Path | str, value: Any) -> None:
    """Write JSON, indented, keys in the order given; NaN and infinity are refused.

    Raises:
        ValueError: The value holds a NaN or an infinity, which JSON cannot express.
    """
    try:
        text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    write_text(path, text + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path | str, content: bytes) -> None:
    """Write bytes; the file appears whole or not at all, and its folder is made if needed."""
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(part, 0o644)
            os.replace(part, path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise


def require_writable(folder: Path) -> None:
    """Make a folder if needed and find out whether files can be written there, before hours go into what they hold.

    Raises:
        OSError: They cannot; the message names the folder.
    """
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Makes errors of the file system name this file; that of a failed write names none, or only a part's."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def sha256(path: Path) -> str:
    """The file's SHA-256 as lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
