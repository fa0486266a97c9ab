"""One file over HTTP, from a server that behaves and from one that does not."""

import hashlib
import socket
import threading
from pathlib import Path

import pytest

from replication.raw.download import CorruptFileError, Patience, UnavailableError, download, part_of

BODY = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()
QUICK = Patience(backoff_seconds=0.001)


def test_a_file_arrives_whole(site, tmp_path: Path):
    site.pages["/file"] = BODY
    steps = []
    got = download(f"{site.url}/file", tmp_path / "file", SHA256, {}, lambda *step: steps.append(step))
    assert got == SHA256
    assert (tmp_path / "file").read_bytes() == BODY
    assert steps[-1] == (len(BODY), len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_interrupted_transfer_goes_on_where_it_broke_off(site, tmp_path: Path):
    site.pages["/file"] = BODY
    site.cut["/file"] = [100_000]
    assert download(f"{site.url}/file", tmp_path / "file", SHA256, {}, patience=QUICK) == SHA256
    assert site.requests == [("/file", None), ("/file", "bytes=100000-")]


def test_a_leftover_part_of_a_pinned_file_is_completed(site, tmp_path: Path):
    site.pages["/file"] = BODY
    part_of(tmp_path / "file").write_bytes(BODY[:5000])
    assert download(f"{site.url}/file", tmp_path / "file", SHA256, {}) == SHA256
    assert site.requests == [("/file", "bytes=5000-")]


@pytest.mark.parametrize("leftover", [b"rubbish", BODY + b"too long"], ids=["rubbish", "too long"])
def test_a_leftover_part_that_does_not_fit_is_dropped(site, tmp_path: Path, leftover: bytes):
    site.pages["/file"] = BODY
    part_of(tmp_path / "file").write_bytes(leftover)
    assert download(f"{site.url}/file", tmp_path / "file", SHA256, {}, patience=QUICK) == SHA256
    assert (tmp_path / "file").read_bytes() == BODY


def test_a_leftover_part_of_an_unpinned_file_is_not_trusted(site, tmp_path: Path):
    site.pages["/file"] = BODY
    part_of(tmp_path / "file").write_bytes(b"rubbish")
    assert download(f"{site.url}/file", tmp_path / "file", None, {}) == SHA256


def test_a_server_without_ranges_starts_again(site, tmp_path: Path):
    site.pages["/file"] = BODY
    site.ranges = False
    part_of(tmp_path / "file").write_bytes(BODY[:5000])
    assert download(f"{site.url}/file", tmp_path / "file", SHA256, {}) == SHA256


def test_a_busy_server_is_asked_again(site, tmp_path: Path):
    site.pages["/file"] = BODY
    site.statuses["/file"] = [503, 429]
    assert download(f"{site.url}/file", tmp_path / "file", SHA256, {}, patience=QUICK) == SHA256
    assert len(site.requests) == 3


def test_another_hash_is_refused_with_both_hashes(site, tmp_path: Path):
    site.pages["/file"] = b"something else"
    with pytest.raises(CorruptFileError, match=f"{hashlib.sha256(b'something else').hexdigest()}.*expected.*{SHA256}"):
        download(f"{site.url}/file", tmp_path / "file", SHA256, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("sha256", [SHA256, None], ids=["pinned", "unpinned"])
def test_a_transfer_that_always_breaks_off_is_refused(site, tmp_path: Path, sha256: str | None):
    site.pages["/file"] = BODY
    site.cut["/file"] = [1000] * 10
    site.ranges = False
    with pytest.raises(CorruptFileError, match="broke off after 1000 bytes"):
        download(f"{site.url}/file", tmp_path / "file", sha256, {}, patience=QUICK)
    assert [path.name for path in tmp_path.iterdir()] == (["file.part"] if sha256 else [])


def test_an_empty_unpinned_file_is_refused(site, tmp_path: Path):
    site.pages["/file"] = b""
    with pytest.raises(CorruptFileError, match="0 bytes"):
        download(f"{site.url}/file", tmp_path / "file", None, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"<!DOCTYPE html><html>sign in</html>", 200, "web page"),
        (b'<?xml version="1.0"?><Error/>', 200, "web page"),
        (BODY, 404, "status 404"),
        (BODY, 403, "status 403"),
    ],
)
def test_what_is_no_file_counts_as_unavailable(site, tmp_path: Path, body: bytes, status: int, said: str):
    site.pages["/file"] = body
    site.statuses["/file"] = [] if status == 200 else [status]
    with pytest.raises(UnavailableError, match=said):
        download(f"{site.url}/file", tmp_path / "file", SHA256, {})
    assert not list(tmp_path.iterdir())
    assert len(site.requests) == 1


def test_a_server_that_stays_busy_counts_as_unavailable(site, tmp_path: Path):
    site.statuses["/file"] = [503] * 10
    with pytest.raises(UnavailableError, match="status 503"):
        download(f"{site.url}/file", tmp_path / "file", SHA256, {}, patience=QUICK)
    assert not list(tmp_path.iterdir())


def test_a_dead_host_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    refused: dict[str, str] = {}
    with pytest.raises(UnavailableError, match="no connection"):
        download(f"{url}/one", tmp_path / "one", SHA256, refused)
    monkeypatch.setattr(socket, "create_connection", None)  # a second attempt would fail otherwise
    with pytest.raises(UnavailableError, match="no connection"):
        download(f"{url}/two", tmp_path / "two", SHA256, refused)


def test_a_host_that_swallows_packets_costs_one_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "example.invalid")
    given_up, ended = threading.Event(), threading.Event()

    def swallow(*_, **__):
        given_up.wait(10)
        ended.set()
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", swallow)
    with pytest.raises(UnavailableError, match=r"no connection to example\.invalid within"):
        download("http://example.invalid/file", tmp_path / "file", SHA256, {}, patience=Patience(connect_seconds=0.1))
    assert not ended.is_set()
    given_up.set()
    assert ended.wait(10)
