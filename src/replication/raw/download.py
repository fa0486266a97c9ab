"""One file over HTTP: resumed where it broke off, verified, and quick to find that there is no network."""

import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from replication.files.artifacts import naming
from replication.raw.transfer import (
    CHUNK,
    BrokenOffError,
    NoAnswerError,
    Patience,
    Transfer,
    UnavailableError,
    receive,
    require_host,
)

__all__ = ["CorruptFileError", "Patience", "UnavailableError", "download", "fingerprint", "part_of"]

log = logging.getLogger(__name__)

OnStep = Callable[[int, int], None]


class CorruptFileError(ValueError):
    """A source delivered bytes, and they are not the file."""


def download(
    url: str,
    target: Path,
    sha256: str | None,
    refused: dict[str, str],
    on_step: OnStep | None = None,
    patience: Patience | None = None,
) -> str:
    """Download a file; it appears whole and verified, or not at all.

    What arrived before an interruption stays beside the target as `<name>.part`, and the next attempt, of this call or
    of a later one, asks for the rest. Without a pinned hash only this call's own part is trusted, and only if the
    server says that the file is still the same.

    Args:
        url: http or https address.
        target: Where the file goes.
        sha256: Expected hash, or None if the file is not pinned.
        refused: Hosts that could not be reached, with the reason; read and added to, so that a second file of a dead
            host costs nothing.
        on_step: Called with the bytes so far and the total (0 if the server does not tell).
        patience: How long to wait and how often to try.

    Returns:
        The SHA-256 of the file.

    Raises:
        UnavailableError: No connection, no answer, an error status, an address that leads nowhere, or an HTML page in
            place of the file.
        CorruptFileError: Bytes came, but truncated to the end or with another hash.
        OSError: They cannot be written; the message names the file.
    """
    part = part_of(target)
    transfer = Transfer(url, part, sha256 is not None, refused, on_step or _ignore, patience or Patience())
    require_host(url, refused, transfer.patience)
    try:
        with naming(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            if sha256 is None:
                part.unlink(missing_ok=True)
        got = _complete(transfer, sha256)
        os.replace(part, target)
        return got
    finally:
        if sha256 is None:
            part.unlink(missing_ok=True)


def part_of(target: Path) -> Path:
    """Where a file lies while it is incomplete."""
    return target.with_name(target.name + ".part")


def fingerprint(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _complete(transfer: Transfer, sha256: str | None) -> str:
    """Bring the part to its end, in several attempts if need be; returns its hash, which is the expected one."""
    part, url, patience = transfer.part, transfer.url, transfer.patience
    transfer.most = transfer.size()
    expected = f"expected {f'SHA-256 {sha256}' if sha256 else 'the whole file'}"
    failures, mismatched = 0, False
    while True:
        broken: BrokenOffError | None = None
        try:
            # a part may be whole already: the program was killed before it could be renamed
            if not (sha256 and transfer.size() and fingerprint(part) == sha256):
                receive(transfer)
        except BrokenOffError as problem:
            broken = problem
        size = transfer.size()
        got = fingerprint(part) if size else ""
        if size and (got == sha256 if sha256 else broken is None):
            return got
        if broken is None:
            part.unlink(missing_ok=True)
            wrong = f"{url}: SHA-256 {got} ({size} bytes), {expected}" if size else f"{url}: 0 bytes, {expected}"
            if mismatched:
                raise CorruptFileError(wrong)
            log.info("%s; once more from the start", wrong)
            mismatched = True
            continue
        failures = 1 if size >= transfer.most + CHUNK else failures + 1
        transfer.most = max(transfer.most, size)
        log.info("%s: %s; %d of %d attempts in a row", url, broken, failures, patience.attempts)
        if failures == patience.attempts:
            if transfer.arrived:
                so_far = f"the {size} bytes so far have SHA-256 {got}" if size else "nothing of it is left"
                raise CorruptFileError(f"{url}: {broken}; {so_far}, {expected}") from broken
            if isinstance(broken, NoAnswerError):
                transfer.refused[urlsplit(url).netloc] = str(broken)
            raise UnavailableError(f"{url}: {broken}") from broken
        time.sleep(patience.backoff_seconds * 2 ** (failures - 1))


def _ignore(*_: int) -> None:
    """The callback of a caller who gave none."""
