"""One file over HTTP: resumed where it broke off, verified, and quick to find that there is no network."""

import hashlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

__all__ = ["CorruptFileError", "UnavailableError", "download", "fingerprint", "looks_like_html", "part_of"]

log = logging.getLogger(__name__)

CONNECT_SECONDS = 4.0
READ_SECONDS = 15.0
ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
CHUNK = 1 << 16

OnStep = Callable[[int, int], None]


class UnavailableError(Exception):
    """A source does not have the file, or cannot be reached."""


class CorruptFileError(ValueError):
    """A source delivered bytes, and they are not the file."""


class _BrokenOffError(Exception):
    """A transfer ended early; another attempt may go on from there."""


def download(url: str, target: Path, sha256: str | None, refused: dict[str, str], on_step: OnStep | None = None) -> str:
    """Download a file; it appears whole and verified, or not at all.

    What arrived before an interruption stays beside the target as `<name>.part` and the next attempt asks for the
    rest. Without a pinned hash a leftover part is not trusted.

    Args:
        url: http or https address.
        target: Where the file goes.
        sha256: Expected hash, or None if the file is not pinned.
        refused: Hosts that could not be reached, with the reason; read and added to, so that a second file of a dead
            host costs nothing.
        on_step: Called with the bytes so far and the total (0 if the server does not tell).

    Returns:
        The SHA-256 of the file.

    Raises:
        UnavailableError: No connection, an error status, or an HTML page in place of the file.
        CorruptFileError: Bytes came, but truncated to the end or with another hash; nothing is left behind.
    """
    host = urlsplit(url).netloc
    if host in refused:
        raise UnavailableError(f"{url}: {refused[host]}")
    _require_host(url, refused)
    part = part_of(target)
    part.parent.mkdir(parents=True, exist_ok=True)
    if sha256 is None:
        part.unlink(missing_ok=True)
    wrong = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(BACKOFF_SECONDS * 2 ** (attempt - 1))
        try:
            _receive(url, part, refused, on_step)
        except _BrokenOffError as problem:
            log.info("%s: %s; attempt %d of %d", url, problem, attempt + 1, ATTEMPTS)
            wrong = str(problem)
            continue
        except UnavailableError:
            part.unlink(missing_ok=True)
            raise
        got = fingerprint(part)
        if sha256 in (None, got) and part.stat().st_size > 0:
            os.replace(part, target)
            return got
        size = part.stat().st_size
        part.unlink()
        second_time = wrong.startswith("SHA-256")
        wrong = f"SHA-256 {got} ({size} bytes)"
        if second_time:
            break
    if not wrong.startswith("SHA-256") and not part.exists():
        raise UnavailableError(f"{url}: {wrong}")
    if part.exists():
        wrong += f", SHA-256 of that {fingerprint(part)}"
        part.unlink()
    raise CorruptFileError(f"{url}: {wrong}, expected {f'SHA-256 {sha256}' if sha256 else 'the whole file'}")


def part_of(target: Path) -> Path:
    """Where a file lies while it is incomplete."""
    return target.with_name(target.name + ".part")


def fingerprint(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def looks_like_html(head: bytes) -> bool:
    """Whether a file's first bytes are those of a web page or an XML error, as portals and stores send them."""
    return head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<head", b"<?xml"))


def _require_host(url: str, refused: dict[str, str]) -> None:
    """Find out within CONNECT_SECONDS whether the host answers, name look-up and all its addresses included.

    A connect timeout alone does not bound the look-up, and it is spent once for every address of the host.
    """
    parts = urlsplit(url)
    if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    outcome: list[str] = []

    def connect() -> None:
        try:
            socket.create_connection((parts.hostname or "", port), timeout=CONNECT_SECONDS).close()
            outcome.append("")
        except OSError as problem:
            outcome.append(f"no connection to {parts.netloc} ({problem})")

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    reason = outcome[0] if outcome else f"no connection to {parts.netloc} within {CONNECT_SECONDS:.0f} s"
    if reason:
        refused[parts.netloc] = reason
        raise UnavailableError(f"{url}: {reason}")


def _receive(url: str, part: Path, refused: dict[str, str], on_step: OnStep | None) -> None:
    """Fetch the file, or the rest of it, into `part`."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as reply:
            have = _accept(reply, url, part, have)
            total = have + int(reply.headers.get("Content-Length", -have))
            with part.open("ab" if have else "wb") as stream:
                # The bytes as they were sent: a server may label a .gz as an encoding, and it must stay packed.
                for chunk in reply.raw.stream(CHUNK, decode_content=False):
                    if not have and looks_like_html(chunk[:512]):
                        raise UnavailableError(f"{url}: the answer is a web page, not the file")
                    stream.write(chunk)
                    have += len(chunk)
                    if on_step is not None:
                        on_step(have, total)
                stream.flush()
                os.fsync(stream.fileno())
    except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
        if have == 0:
            reason = f"no answer from {urlsplit(url).netloc} ({type(problem).__name__})"
            refused[urlsplit(url).netloc] = reason
            raise UnavailableError(f"{url}: {reason}") from problem
        raise _BrokenOffError(f"broke off after {have} bytes") from problem


def _accept(reply: requests.Response, url: str, part: Path, have: int) -> int:
    """How many bytes of `part` the answer goes on from; an answer that is no file is an error."""
    if reply.status_code == 206 and reply.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        return have
    if reply.status_code == 200:
        return 0
    if reply.status_code in (206, 416):
        part.unlink(missing_ok=True)
        raise _BrokenOffError(f"cannot go on from byte {have}")
    if reply.status_code in (408, 429) or reply.status_code >= 500:
        raise _BrokenOffError(f"status {reply.status_code}")
    raise UnavailableError(f"{url}: status {reply.status_code}")
