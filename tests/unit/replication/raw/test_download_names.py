"""Names and addresses of raw files, however odd: nothing is written outside the data set's folder."""

import gzip
import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

import hypothesis
import hypothesis.strategies as st
import pytest

from faulty_server import SHA256, Server, whole
from replication.raw.download import download
from replication.raw.fetch import RawFile, SourceOptions, obtain, raw_files


@pytest.mark.parametrize("address", ["http://127.0.0.1:x/file", "http://127.0.0.1:99999/file", "http://[/file"])
def test_an_address_that_is_none_is_named(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match=r"^http://.*/file"):
        download(address, tmp_path / "file", SHA256, {})


@pytest.mark.parametrize("address", ["file:///etc", "/etc", "ftp://host", "", "javascript:x"])
def test_only_http_is_a_public_address(address: str) -> None:
    with pytest.raises(ValueError, match="expected an http"):
        raw_files([{"folder": "place", "url": address, "files": {"passwd": None}}])


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/", "../a", "a/", "/etc/a", "b/../a", "..\\a", "C:\\a", "C:a", "a\0b", "a\nb", "a\x1b[2J"],
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a plain file name"):
        RawFile(name, "place/a", "http://127.0.0.1/a")


@pytest.mark.parametrize("name", ["source.json", "Fetched.JSON", "fetch.run.json", "standin", "a.part"])
def test_a_name_of_the_fetch_itself_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="needs for itself"):
        RawFile(name, "place/a", "http://127.0.0.1/a")


@pytest.mark.parametrize(
    "name", ["a b.amc", "35#1.amc", "what?.amc", "100%.amc", "%2e%2e%2fa", "Gang-é-步.amc", "...", "-rf", "~"]
)
def test_odd_names_are_asked_for_and_kept_as_they_are(server: Server, tmp_path: Path, name: str) -> None:
    server.does(whole(), path="*")
    sources = [{"folder": "a folder#1", "url": f"{server.url}/public", "files": {name: SHA256}}]
    for mirror, asked in ((None, f"/public/{name}"), (f"{server.url}/mirror", f"/mirror/a folder#1/{name}")):
        folder = tmp_path / str(mirror is None)
        obtain(raw_files(sources), folder, SourceOptions(mirror=mirror))
        assert unquote(server.paths[-1]) == asked
        assert sorted(path.name for path in folder.iterdir()) == sorted([name, "fetched.json"])


@hypothesis.settings(max_examples=40, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(name=st.text(st.characters() | st.sampled_from("./\\~%#:"), max_size=40))
def test_whatever_names_arrive_nothing_is_written_elsewhere(server: Server, tmp_path: Path, name: str) -> None:
    server.does(whole(b"content"), path="*")
    folder = tmp_path / "deep" / "folder"
    before = everything(tmp_path)
    try:
        files = raw_files([{"folder": "place", "url": server.url, "files": {name: None}}])
        obtain(files, folder, SourceOptions())
    except ValueError:
        assert everything(tmp_path) == before
    else:
        assert (folder / name).read_bytes() == b"content"
        new = everything(tmp_path) - before - {folder, folder.parent, folder / "fetched.json"}
        assert new <= {folder / name}


def test_a_name_in_the_answer_is_not_heeded(server: Server, tmp_path: Path) -> None:
    url = server.does(whole(Content_Disposition='attachment; filename="../evil"', Content_Location="/evil"))
    download(url, tmp_path / "folder" / "file", SHA256, {})
    assert everything(tmp_path) == {tmp_path / "folder", tmp_path / "folder" / "file"}


def test_archives_are_files_like_any_other(server: Server, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../evil", "zip")
        archive.writestr("/evil", "zip")
    for content in (stream.getvalue(), gzip.compress(b"gz")):
        download(server.does(whole(content)), tmp_path / "folder" / "file", None, {})
        assert everything(tmp_path) == {tmp_path / "folder", tmp_path / "folder" / "file"}
        assert (tmp_path / "folder" / "file").read_bytes() == content


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
