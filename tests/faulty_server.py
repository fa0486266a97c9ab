"""A small web server that a test tells, request by request, how to misbehave."""

import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = [
    "BODY",
    "PAGE",
    "SHA256",
    "Act",
    "Server",
    "abort",
    "begin",
    "chunked",
    "cut",
    "ignoring_ranges",
    "part_of_range",
    "redirect",
    "reset",
    "serving",
    "silent",
    "stall",
    "status",
    "trickle",
    "trickled_head",
    "whole",
    "write",
]

BODY = b"".join(hashlib.sha256(number.to_bytes(4)).digest() for number in range(8000))
SHA256 = hashlib.sha256(BODY).hexdigest()
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"

Act = Callable[[BaseHTTPRequestHandler], None]
RELEASE = threading.Event()  # ends whatever a server's thread waits for


@dataclass
class Server:
    """What a server does at each path, request by request (the last for ever), and the requests that it saw."""

    url: str
    acts: dict[str, list[Act]] = field(default_factory=dict)
    ranges: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def does(self, *acts: Act, path: str = "/file") -> str:
        """Sets a path's acts and returns its address."""
        self.acts[path] = list(acts)
        return self.url + path


@contextmanager
def serving() -> Iterator[Server]:
    """A server on 127.0.0.1, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.ranges.append(self.headers.get("Range"))
            state.paths.append(self.path)
            state.times.append(time.monotonic())
            acts = state.acts.get(self.path) or state.acts.get("*") or [status(404)]
            self.close_connection = True
            with suppress(OSError):  # the client has gone
                (acts.pop(0) if len(acts) > 1 else acts[0])(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # its end waits for all of them, so that no connection outlives a test
    state = Server(f"http://127.0.0.1:{server.server_port}")
    RELEASE.clear()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        RELEASE.set()
        server.shutdown()
        thread.join()
        server.server_close()


def begin(handler: BaseHTTPRequestHandler, body: bytes, **headers: str | None) -> bytes:
    """Answers up to the body, as a server that knows ranges and versions does; returns what is to follow."""
    wanted = handler.headers.get("Range")
    if handler.headers.get("If-Range", headers.get("ETag", '"first"')) != headers.get("ETag", '"first"'):
        wanted = None
    start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
    if start >= len(body):
        status(416)(handler)
        return b""
    answer: dict[str, str | None] = {"Content-Length": str(len(body) - start), "ETag": '"first"'}
    if start:
        answer["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
    send_head(handler, 206 if start else 200, answer | {name.replace("_", "-"): headers[name] for name in headers})
    return body[start:]


def send_head(handler: BaseHTTPRequestHandler, code: int, headers: dict[str, str | None]) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        if value is not None:
            handler.send_header(name, value)
    handler.end_headers()


def whole(body: bytes = BODY, **headers: str | None) -> Act:
    """All of it, or the rest that was asked for."""
    return lambda handler: write(handler, begin(handler, body, **headers))


def write(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.wfile.write(body)
    handler.wfile.flush()


def status(code: int) -> Act:
    return lambda handler: send_head(handler, code, {"Content-Length": "0"})


def redirect(location: str) -> Act:
    return lambda handler: send_head(handler, 302, {"Location": location, "Content-Length": "0"})


def cut(count: int, body: bytes = BODY, **headers: str | None) -> Act:
    """So many bytes of what is promised, then the connection ends."""
    return lambda handler: write(handler, begin(handler, body, **headers)[:count])


def reset(count: int) -> Act:
    """So many bytes, then the connection is reset."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        write(handler, begin(handler, BODY)[:count])
        time.sleep(0.1)  # a reset overtakes what the client has not read yet
        abort(handler)

    return act


def abort(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def stall(count: int) -> Act:
    """So many bytes, then nothing."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        write(handler, begin(handler, BODY)[:count])
        RELEASE.wait(60)

    return act


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """A little at a time, never so late that a single read would notice."""
    body = begin(handler, BODY)
    for start in range(0, len(body), 100):
        write(handler, body[start : start + 100])
        if RELEASE.wait(0.02):
            return


def trickled_head(handler: BaseHTTPRequestHandler) -> None:
    """An answer whose headers never end."""
    write(handler, b"HTTP/1.1 200 OK\r\nX: ")
    while not RELEASE.wait(0.05):
        write(handler, b"x")


def silent(handler: BaseHTTPRequestHandler) -> None:
    RELEASE.wait(60)


def chunked(body: bytes, end: bytes = b"0\r\n\r\n") -> Act:
    """The file in chunks, without a length."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        send_head(handler, 200, {"Transfer-Encoding": "chunked"})
        write(handler, b"%x\r\n%b\r\n%b" % (len(body), body, end))

    return act


def ignoring_ranges(body: bytes = BODY, count: int | None = None) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        send_head(handler, 200, {"Content-Length": str(len(body))})
        write(handler, body[:count])

    return act


def part_of_range(first: int, last: int, total: str = str(len(BODY))) -> Act:
    """Another range than was asked for."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        content = BODY[first : last + 1]
        send_head(
            handler,
            206,
            {"Content-Range": f"bytes {first}-{last}/{total}", "Content-Length": str(len(content))},
        )
        write(handler, content)

    return act
