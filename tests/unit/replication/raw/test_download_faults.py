"""One file from a server that misbehaves: resumed, retried, never accepted wrong."""

import gzip
import json
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from faulty_server import (
    BODY,
    PAGE,
    SHA256,
    Act,
    Server,
    abort,
    begin,
    chunked,
    cut,
    ignoring_ranges,
    part_of_range,
    redirect,
    reset,
    silent,
    stall,
    status,
    trickle,
    trickled_head,
    whole,
    write,
)
from replication.raw.download import CorruptFileError, Patience, UnavailableError, download, part_of
from replication.raw.transfer import CHUNK

CALM = Patience(read_seconds=20.0, backoff_seconds=0.01)  # for what does not wait, however busy the machine is
BRISK = Patience(read_seconds=0.5, least_rate=50_000.0, backoff_seconds=0.01)


@pytest.mark.parametrize(
    ("fault", "sent", "exact"),
    [
        (cut(100_000), 100_000, True),
        (reset(100_000), 100_000, False),
        (stall(100_001), 100_001, False),
        (trickle, len(BODY) - 1, False),
    ],
    ids=["cut", "reset", "stalled", "trickling"],
)
@pytest.mark.parametrize("sha256", [SHA256, None], ids=["pinned", "unpinned"])
def test_what_broke_off_is_resumed_and_not_begun_again(
    server: Server, tmp_path: Path, fault: Act, sent: int, exact: bool, sha256: str | None
) -> None:
    url = server.does(fault, whole())
    patience = CALM if sent == 100_000 else BRISK
    started = time.monotonic()
    assert download(url, tmp_path / "file", sha256, {}, patience=patience) == SHA256
    assert (tmp_path / "file").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    first, second = server.ranges[:2]
    assert first is None
    assert second is not None
    start = int(second.removeprefix("bytes=").rstrip("-"))
    assert start == sent if exact else 0 < start <= sent
    assert time.monotonic() - started < 30


def test_a_part_that_a_killed_program_left_whole_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    part_of(tmp_path / "file").write_bytes(BODY)
    assert download(server.does(whole()), tmp_path / "file", SHA256, {}) == SHA256
    assert not server.ranges


def test_a_file_arrives_however_often_it_breaks_off_if_each_attempt_brings_more(server: Server, tmp_path: Path) -> None:
    patience = Patience(attempts=1 + 1, backoff_seconds=0.001)
    assert download(server.does(cut(CHUNK)), tmp_path / "file", SHA256, {}, patience=patience) == SHA256
    starts = [0, *(int(wanted.removeprefix("bytes=").rstrip("-")) for wanted in server.ranges if wanted)]
    assert starts == list(range(0, len(BODY), CHUNK))


def test_what_came_of_a_pinned_file_is_there_for_the_next_run(server: Server, tmp_path: Path) -> None:
    url = server.does(cut(150_000), cut(10), cut(10), cut(10), whole())
    with pytest.raises(CorruptFileError, match=r"broke off after 150030 bytes.*have SHA-256 .*expected SHA-256"):
        download(url, tmp_path / "file", SHA256, {}, patience=CALM)
    assert not (tmp_path / "file").exists()
    assert download(url, tmp_path / "file", SHA256, {}, patience=CALM) == SHA256
    assert server.ranges[-1] == "bytes=150030-"


@pytest.mark.parametrize("busy", [500, 503, 429])
def test_the_pauses_between_attempts_double(server: Server, tmp_path: Path, busy: int) -> None:
    url = server.does(status(busy), status(busy), status(busy), whole())
    assert download(url, tmp_path / "file", SHA256, {}, patience=Patience(backoff_seconds=0.05)) == SHA256
    pauses = [later - earlier for earlier, later in zip(server.times, server.times[1:], strict=False)]
    assert [pause >= least for pause, least in zip(pauses, (0.05, 0.1, 0.2), strict=True)] == [True] * 3


@pytest.mark.parametrize("unanswered", [abort, silent, trickled_head], ids=["reset", "silent", "endless head"])
def test_a_host_that_does_not_answer_is_asked_again_and_then_left_alone(
    server: Server, tmp_path: Path, unanswered: Act
) -> None:
    url = server.does(unanswered, whole())
    connect = 1.0 if unanswered is trickled_head else 4.0
    patience = Patience(connect_seconds=connect, read_seconds=0.5, attempts=2, backoff_seconds=0.01)
    assert download(url, tmp_path / "file", SHA256, {}, patience=patience) == SHA256
    url = server.does(unanswered, path="/other")
    refused: dict[str, str] = {}
    with pytest.raises(UnavailableError, match="no answer from 127"):
        download(url, tmp_path / "other", SHA256, refused, patience=patience)
    asked = len(server.paths)
    with pytest.raises(UnavailableError, match="no answer from 127"):
        download(server.url + "/third", tmp_path / "third", SHA256, refused, patience=patience)
    assert len(server.paths) == asked
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_answer_that_comes_too_late_is_closed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = threading.Event()

    class Late(requests.Response):
        def close(self) -> None:
            closed.set()

    def get(*_: object, **__: object) -> Late:
        time.sleep(0.4)
        return Late()

    monkeypatch.setattr(requests, "get", get)
    patience = Patience(read_seconds=0.1, connect_seconds=0.1, attempts=1, backoff_seconds=0.001)
    with pytest.raises(UnavailableError, match="no answer from 127"):
        download(server.does(whole()), tmp_path / "file", SHA256, {}, patience=patience)
    assert closed.wait(10)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (whole(BODY[:-1]), "SHA-256"),
        (whole(BODY[:-1] + b"?"), "SHA-256"),
        (whole(BODY + b"?"), "SHA-256"),
        (whole(Content_Length="1000"), r"\(1000 bytes\)"),
        (ignoring_ranges(count=1000), "broke off after 1000 bytes"),
        (part_of_range(5, len(BODY) - 1), "cannot go on from byte 0"),
        (part_of_range(0, 999), "cannot go on from byte 1000"),
        (whole(gzip.compress(BODY), Content_Encoding="gzip"), "SHA-256"),
        (chunked(BODY[:1000], end=b""), "broke off after 1000 bytes"),
        (whole(PAGE), "web page"),
        (cut(30, PAGE), "broke off"),
        (whole(b'{"error": "gone"}'), "SHA-256"),
        (status(404), "status 404"),
        (status(204), "status 204"),
    ],
    ids=[
        "short",
        "one wrong byte",
        "long",
        "length understated",
        "cut, ranges ignored",
        "another range",
        "a range only",
        "packed",
        "chunks cut",
        "page",
        "cut page",
        "json",
        "404",
        "no content",
    ],
)
def test_a_pinned_file_is_never_accepted_wrong(server: Server, tmp_path: Path, act: Act, said: str) -> None:
    with pytest.raises((CorruptFileError, UnavailableError), match=said):
        download(server.does(act), tmp_path / "file", SHA256, {}, patience=CALM)
    assert not (tmp_path / "file").exists()
    assert len(server.paths) <= CALM.attempts


@pytest.mark.parametrize(
    "act",
    [
        whole(PAGE),
        whole(b"\xef\xbb\xbf\n" + PAGE),
        whole(b"<!-- portal -->" + PAGE),
        whole(b"Sign in first", Content_Type="text/html; charset=utf-8"),
        whole(b""),
        ignoring_ranges(count=1000),
        part_of_range(0, 999),
        part_of_range(0, 999, total="*"),
        chunked(BODY[:1000], end=b""),
        whole(Content_Length=None),
        whole(Content_Length="many"),
        cut(1000, ETag=None),
    ],
    ids=[
        "page",
        "page after a mark",
        "page after a comment",
        "page by its type",
        "empty",
        "cut, ranges ignored",
        "a range only",
        "a range of an unknown whole",
        "chunks cut",
        "no length",
        "length no number",
        "cut, version unknown",
    ],
)
def test_an_unpinned_file_is_not_accepted_if_it_may_be_wrong(server: Server, tmp_path: Path, act: Act) -> None:
    with pytest.raises((CorruptFileError, UnavailableError)):
        download(server.does(act), tmp_path / "file", None, {}, patience=CALM)
    assert not list(tmp_path.iterdir())


def test_a_range_that_ends_early_is_gone_on_from(server: Server, tmp_path: Path) -> None:
    part_of(tmp_path / "file").write_bytes(BODY[:5])
    url = server.does(part_of_range(5, 999), part_of_range(1000, len(BODY) - 1))
    assert download(url, tmp_path / "file", SHA256, {}, patience=CALM) == SHA256
    assert server.ranges == ["bytes=5-", "bytes=1000-"]


def test_chunks_are_a_file(server: Server, tmp_path: Path) -> None:
    assert download(server.does(chunked(BODY)), tmp_path / "file", None, {}) == SHA256


def test_a_wrong_length_does_not_spoil_a_pinned_file(server: Server, tmp_path: Path) -> None:
    url = server.does(whole(Content_Length=str(len(BODY) + 10)))
    assert download(url, tmp_path / "file", SHA256, {}, patience=CALM) == SHA256
    assert len(server.paths) == 1


def test_two_versions_of_an_unpinned_file_are_not_joined(server: Server, tmp_path: Path) -> None:
    changed = BODY[::-1]
    url = server.does(cut(100_000), whole(changed, ETag='"second"'))
    download(url, tmp_path / "file", None, {}, patience=CALM)
    assert (tmp_path / "file").read_bytes() == changed
    assert server.ranges == [None, "bytes=100000-"]


def test_a_server_that_forgets_to_compare_versions_is_seen_through(server: Server, tmp_path: Path) -> None:
    def rest_of_another(handler: BaseHTTPRequestHandler) -> None:
        del handler.headers["If-Range"]
        write(handler, begin(handler, BODY[::-1], ETag='"second"'))

    url = server.does(cut(100_000), rest_of_another, whole(BODY[::-1], ETag='"second"'))
    download(url, tmp_path / "file", None, {}, patience=CALM)
    assert (tmp_path / "file").read_bytes() == BODY[::-1]
    assert server.ranges == [None, "bytes=100000-", None]


def test_an_unpinned_file_whose_version_is_unknown_begins_again(server: Server, tmp_path: Path) -> None:
    url = server.does(cut(100_000, ETag=None), whole())
    assert download(url, tmp_path / "file", None, {}, patience=CALM) == SHA256
    assert server.ranges == [None, None]


def test_a_page_in_the_middle_does_not_cost_what_came_before(server: Server, tmp_path: Path) -> None:
    url = server.does(cut(100_000), redirect("/portal"), whole())
    server.does(ignoring_ranges(PAGE), path="/portal")
    with pytest.raises(UnavailableError, match="web page"):
        download(url, tmp_path / "file", SHA256, {}, patience=CALM)
    assert download(url, tmp_path / "file", SHA256, {}, patience=CALM) == SHA256
    assert server.ranges[-1] == "bytes=100000-"


def test_a_redirect_to_the_file_is_followed(server: Server, tmp_path: Path) -> None:
    server.does(whole(), path="/moved")
    assert download(server.does(redirect("/moved")), tmp_path / "file", SHA256, {}) == SHA256


@pytest.mark.parametrize("sha256", [SHA256, None], ids=["pinned", "unpinned"])
@pytest.mark.parametrize(
    "location",
    ["/file", "file://{secret}", "FILE:{secret}", "ftp://127.0.0.1/file", "data:,x", "http://[", "http://127.0.0.1:x/"],
)
def test_a_redirect_that_leads_nowhere_ends_there(
    server: Server, tmp_path: Path, location: str, sha256: str | None
) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.write_bytes(BODY)
    refused: dict[str, str] = {}
    with pytest.raises(UnavailableError, match=r"/file: the address leads nowhere \("):
        download(server.does(redirect(location.format(secret=secret))), folder / "file", sha256, refused)
    assert not list(folder.iterdir())
    assert not refused
    assert len(server.paths) == (31 if location == "/file" else 1)


def test_a_redirect_to_a_page_is_no_file(server: Server, tmp_path: Path) -> None:
    server.does(whole(PAGE, Content_Type="text/html"), path="/portal")
    for sha256 in (SHA256, None):
        with pytest.raises(UnavailableError, match="web page"):
            download(server.does(redirect("/portal")), tmp_path / "file", sha256, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_killed_fetch_leaves_a_part_and_goes_on_from_it(server: Server, tmp_path: Path) -> None:
    """kill -9 in the middle of a download, then the same command again."""
    server.does(stall(100_000), whole(), path="/public/file")
    sources = [{"folder": "place", "url": f"{server.url}/public", "files": {"file": SHA256}}]
    settings = {"data": {"sources": sources}, "mirror": None, "standin": "never"}
    folder = tmp_path / "raw"
    command = [sys.executable, "-m", "replication", "fetch", "--dataset", "mnist", "--settings", json.dumps(settings)]
    command += ["--output", f"source={folder / 'source.json'}"]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    part = part_of(folder / "file")
    deadline = time.monotonic() + 120
    while not (part.exists() and part.stat().st_size == 100_000):
        assert program.poll() is None, program.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    program.send_signal(signal.SIGKILL)
    assert program.wait() == -signal.SIGKILL
    program.communicate()
    assert [path.name for path in folder.iterdir()] == ["file.part"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert server.ranges == [None, "bytes=100000-"]
    assert (folder / "file").read_bytes() == BODY
    assert sorted(path.name for path in folder.iterdir()) == ["fetched.json", "file", "source.json"]
