"""One attempt at one file over HTTP: asked for, looked at before it is believed, and written as it comes."""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from replication.files.artifacts import naming

__all__ = [
    "CHUNK",
    "BrokenOffError",
    "NoAnswerError",
    "Patience",
    "Transfer",
    "UnavailableError",
    "looks_like_html",
    "receive",
    "require_host",
]

CHUNK = 1 << 16
HEAD = 512

OnStep = Callable[[int, int], None]
Result = TypeVar("Result")


class UnavailableError(Exception):
    """A source does not have the file, or cannot be reached."""


class BrokenOffError(Exception):
    """A transfer ended early; another attempt may go on from there."""


class NoAnswerError(BrokenOffError):
    """The host took the connection and gave no answer."""


@dataclass(frozen=True)
class Patience:
    """How long a source is waited for.

    Attributes:
        connect_seconds: For a connection, name look-up and all addresses of the host included.
        read_seconds: For an answer to begin, and for more of it to come.
        least_rate: Bytes a second that must come over any `read_seconds`; a slower transfer is broken off.
        attempts: How often in a row a transfer may break off without bringing 64 KiB that were not there before.
        backoff_seconds: Pause after the first of those; it doubles with each further one.
    """

    connect_seconds: float = 4.0
    read_seconds: float = 15.0
    least_rate: float = 1000.0
    attempts: int = 4
    backoff_seconds: float = 0.5


@dataclass
class Transfer:
    """One file's way here, over as many attempts as it takes.

    Attributes:
        pinned: Whether a hash will tell a wrong file from the right one.
        most: Bytes that the part has had at best.
        arrived: Whether this transfer brought any.
        version: What the server calls this version of the file (a strong ETag or a date), once it has said.
    """

    url: str
    part: Path
    pinned: bool
    refused: dict[str, str]
    on_step: OnStep
    patience: Patience
    most: int = 0
    arrived: bool = False
    version: str | None = None

    def size(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.exists() else 0


def require_host(url: str, refused: dict[str, str], patience: Patience) -> None:
    """Find out within `connect_seconds` whether the host answers, name look-up and all its addresses included.

    A connect timeout alone does not bound the look-up, and it is spent once for every address of the host.

    Raises:
        ValueError: The address has no usable host or port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as problem:
        raise ValueError(f"{url}: not an address ({problem})") from problem
    if parts.netloc in refused:
        raise UnavailableError(f"{url}: {refused[parts.netloc]}")
    if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
        return
    seconds = patience.connect_seconds

    def connect() -> None:
        socket.create_connection((parts.hostname or "", port), timeout=seconds).close()

    try:
        _within(seconds, connect)
    except TimeoutError:
        reason = f"no connection to {parts.netloc} within {seconds:g} s"
    except (OSError, UnicodeError) as problem:
        reason = f"no connection to {parts.netloc} ({problem})"
    else:
        return
    refused[parts.netloc] = reason
    raise UnavailableError(f"{url}: {reason}")


def receive(transfer: Transfer) -> None:
    """Fetch the file, or the rest of it, into the part."""
    if not transfer.pinned and transfer.version is None:
        transfer.part.unlink(missing_ok=True)
    have = transfer.size()
    with _ask(transfer, have) as reply:
        have, total = _accept(reply, transfer, have)
        chunks = _chunks(reply, have, transfer.patience)
        head = b"" if have else _head(chunks)
        if looks_like_html(head):
            raise UnavailableError(f"{transfer.url}: the answer is a web page, not the file")
        with naming(transfer.part), transfer.part.open("ab" if have else "wb") as stream:
            for chunk in chain([head], chunks):
                stream.write(chunk)
                stream.flush()  # so that a killed program leaves what came
                have += len(chunk)
                transfer.arrived = transfer.arrived or len(chunk) > 0
                transfer.on_step(have, total or 0)
            os.fsync(stream.fileno())
    if total is not None and have < total:
        raise BrokenOffError(f"broke off after {have} bytes of {total}")


def looks_like_html(head: bytes) -> bool:
    """Whether a file's first bytes are those of a web page or an XML error, as portals and stores send them."""
    marks = (b"<!doctype", b"<!--", b"<html", b"<head", b"<body", b"<title", b"<meta", b"<script", b"<?xml")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(marks)


def _ask(transfer: Transfer, have: int) -> requests.Response:
    """The server's answer up to its body.

    Redirects are followed to http and https only. All of it may take `connect_seconds` and `read_seconds` together.
    """
    url, patience = transfer.url, transfer.patience
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    if have and transfer.version:
        headers["If-Range"] = transfer.version
    host = urlsplit(url).netloc
    timeout = (patience.connect_seconds, patience.read_seconds)
    try:
        return _within(
            patience.connect_seconds + patience.read_seconds,
            lambda: requests.get(url, headers=headers, stream=True, timeout=timeout),
            late=lambda reply: reply.close(),
        )
    except (requests.exceptions.ProxyError, requests.exceptions.SSLError, requests.ConnectTimeout) as problem:
        transfer.refused[host] = f"no answer from {host} ({type(problem).__name__})"
        raise UnavailableError(f"{url}: {transfer.refused[host]}") from problem
    except (requests.ConnectionError, requests.Timeout, TimeoutError) as problem:
        raise NoAnswerError(f"no answer from {host} ({type(problem).__name__})") from problem
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as problem:
        raise UnavailableError(f"{url}: the address leads nowhere ({problem})") from problem


def _accept(reply: requests.Response, transfer: Transfer, have: int) -> tuple[int, int | None]:
    """The byte that the answer goes on from, and the file's length if told; an answer that is no file is an error."""
    url, status = transfer.url, reply.status_code
    if status in (408, 429) or status >= 500:
        raise BrokenOffError(f"status {status}")
    if status == 416:
        transfer.part.unlink(missing_ok=True)
        raise BrokenOffError(f"cannot go on from byte {have}")
    if status == 206:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", reply.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != have:
            transfer.part.unlink(missing_ok=True)
            raise BrokenOffError(f"cannot go on from byte {have}")
        total = None if told[2] == "*" else int(told[2])
    elif status == 200:
        have, total = 0, reply.raw.length_remaining
    else:
        raise UnavailableError(f"{url}: status {status}")
    if not transfer.pinned:
        if reply.headers.get("Content-Type", "").startswith("text/html"):
            raise UnavailableError(f"{url}: the answer is a web page, not the file")
        if total is None and not reply.raw.chunked:
            raise UnavailableError(f"{url}: the server does not tell the file's length, and no hash would show a cut")
    tag = reply.headers.get("ETag", "")
    version = tag if tag and not tag.startswith("W/") else reply.headers.get("Last-Modified")
    if have and version and transfer.version and version != transfer.version:
        transfer.part.unlink(missing_ok=True)
        raise BrokenOffError(f"the file has changed since byte {have}")
    transfer.version = version
    return have, total


def _head(chunks: Iterator[bytes]) -> bytes:
    """The body's beginning, enough to see what it is; nothing is written before that."""
    head = b""
    while len(head) < HEAD and (chunk := next(chunks, b"")):
        head += chunk
    return head


def _chunks(reply: requests.Response, have: int, patience: Patience) -> Iterator[bytes]:
    """The body as it comes, each piece at once, so that nothing is lost if the next one never does.

    The bytes are those that were sent: a server may label a .gz as an encoding, and it must stay packed.
    """
    since, came = time.monotonic(), 0
    while True:
        try:
            chunk = reply.raw.read1(CHUNK, decode_content=False)
        except urllib3.exceptions.HTTPError as problem:
            raise BrokenOffError(f"broke off after {have} bytes ({type(problem).__name__})") from problem
        if not chunk:
            return
        have, came = have + len(chunk), came + len(chunk)
        yield chunk
        elapsed = time.monotonic() - since
        if elapsed >= patience.read_seconds:
            if came < patience.least_rate * elapsed:
                raise BrokenOffError(f"broke off after {have} bytes, as only {came} came in {elapsed:.3g} s")
            since, came = time.monotonic(), 0


def _within(
    seconds: float, action: Callable[[], Result], late: Callable[[Result], object] = lambda result: None
) -> Result:
    """What an action returns or raises; TimeoutError if it takes longer: what it returns then goes to `late`."""
    future: Future[Result] = Future()

    def act() -> None:
        try:
            future.set_result(action())
        except Exception as problem:
            future.set_exception(problem)

    def given_up(ended: Future[Result]) -> None:
        if ended.exception() is None:
            late(ended.result())

    threading.Thread(target=act, daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        future.add_done_callback(given_up)
        raise
