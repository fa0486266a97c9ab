"""What the data sets' tests share: the committed settings and a small web server on this machine."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from faulty_server import Server, serving

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings() -> Callable[[str], dict[str, Any]]:
    """The `data:` section of a data set's committed config."""
    return lambda name: yaml.safe_load((ROOT / "config" / "datasets" / f"{name}.yaml").read_text())["data"]


class Site:
    """Pages of the server by path, how it misbehaves, and the requests that it saw."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.statuses: dict[str, list[int]] = {}  # statuses to answer first, one a request
        self.cut: dict[str, list[int]] = {}  # bytes after which to close the connection, one a request
        self.ranges = True
        self.content_type = "application/octet-stream"
        self.requests: list[tuple[str, str | None]] = []
        self.url = ""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server on 127.0.0.1 that a test can fill and spoil."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.requests.append((self.path, wanted))
            body = state.pages.get(self.path)
            statuses = state.statuses.get(self.path, [])
            status = statuses.pop(0) if statuses else (404 if body is None else 200)
            if status != 200 or body is None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            if start and start >= len(body):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Type", state.content_type)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            cuts = state.cut.get(self.path, [])
            self.wfile.write(body[start : cuts.pop(0) if cuts else None])
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on 127.0.0.1 that does what a test tells it to, request by request."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        yield server
