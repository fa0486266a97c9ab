"""The order of sources of raw files, and what is done when one fails."""

import hashlib
from pathlib import Path

import pytest

from replication.raw.download import CorruptFileError
from replication.raw.fetch import SourceOptions, obtain, raw_files, read_record, record_of

GOOD = b"the file\n" * 100
SHA256 = hashlib.sha256(GOOD).hexdigest()


def listed(url: str, *names: str, sha256: str | None = SHA256):
    return raw_files([{"folder": "place", "url": url, "files": dict.fromkeys(names, sha256)}])


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    (tmp_path / "mirror" / "place").mkdir(parents=True)
    (tmp_path / "mirror" / "place" / "a").write_bytes(GOOD)
    return tmp_path / "mirror"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    return tmp_path / "raw"


def test_the_mirror_comes_before_the_public_address(site, mirror: Path, folder: Path):
    site.pages["/public/a"] = GOOD
    record = record_of(obtain(listed(f"{site.url}/public", "a"), folder, SourceOptions(str(mirror))))
    assert record["kind"] == "mirror"
    assert record["files"] == {"a": SHA256}
    assert (folder / "a").read_bytes() == GOOD
    assert not site.requests


def test_a_mirror_may_be_an_address(site, folder: Path):
    site.pages["/mirror/place/a"] = GOOD
    found = obtain(listed(f"{site.url}/public", "a"), folder, SourceOptions(f"{site.url}/mirror/"))
    assert found.origins == {"a": "mirror"}


def test_what_the_mirror_lacks_is_public(site, mirror: Path, folder: Path):
    site.pages["/public/b"] = GOOD
    found = obtain(listed(f"{site.url}/public", "a", "b"), folder, SourceOptions(str(mirror)))
    assert found.origins == {"a": "mirror", "b": "public"}


def test_a_file_that_is_there_is_kept(site, folder: Path):
    (folder / "a").write_bytes(GOOD)
    found = obtain(listed(f"{site.url}/public", "a"), folder, SourceOptions())
    assert found.hashes == {"a": SHA256}
    assert not site.requests


def test_a_file_that_is_there_but_damaged_is_replaced(mirror: Path, folder: Path):
    (folder / "a").write_bytes(GOOD[:-1])
    obtain(listed("http://127.0.0.1:9", "a"), folder, SourceOptions(str(mirror)))
    assert (folder / "a").read_bytes() == GOOD


def test_a_damaged_mirror_gives_way_to_the_public_file(site, mirror: Path, folder: Path):
    (mirror / "place" / "a").write_bytes(GOOD[:50])
    site.pages["/public/a"] = GOOD
    found = obtain(listed(f"{site.url}/public", "a"), folder, SourceOptions(str(mirror)))
    assert found.origins == {"a": "public"}


def test_a_damaged_mirror_and_no_other_source_is_an_error(site, mirror: Path, folder: Path):
    (mirror / "place" / "a").write_bytes(GOOD[:50])
    with pytest.raises(CorruptFileError, match=f"{hashlib.sha256(GOOD[:50]).hexdigest()}.*expected {SHA256}"):
        obtain(listed(f"{site.url}/public", "a"), folder, SourceOptions(str(mirror)))
    assert not list(folder.iterdir())


@pytest.mark.parametrize("body", [b"", b"<html>moved</html>"], ids=["empty", "web page"])
def test_an_unpinned_file_of_the_mirror_must_be_plausible(mirror: Path, folder: Path, site, body: bytes):
    (mirror / "place" / "a").write_bytes(body)
    with pytest.raises(CorruptFileError, match="not the file"):
        obtain(listed(site.url, "a", sha256=None), folder, SourceOptions(str(mirror)))
    assert not list(folder.iterdir())


def test_an_unpinned_file_is_held_to_the_hash_of_its_first_fetch(mirror: Path, folder: Path, site):
    files = listed(site.url, "a", sha256=None)
    record = record_of(obtain(files, folder, SourceOptions(str(mirror))))
    assert record_of(obtain(files, folder, SourceOptions())) == record
    (folder / "a").write_bytes(b"changed")
    with pytest.raises(CorruptFileError, match=f"expected {SHA256}"):
        obtain(files, folder, SourceOptions())
    (mirror / "place" / "a").write_bytes(b"changed as well")
    with pytest.raises(CorruptFileError, match=f"expected {SHA256}"):
        obtain(files, folder, SourceOptions(str(mirror)))


def test_missing_files_are_named_with_the_reason(site, mirror: Path, folder: Path):
    found = obtain(listed(f"{site.url}/public", "a", "b", "c"), folder, SourceOptions(str(mirror)))
    assert sorted(found.missing) == ["b", "c"]
    assert "not in the mirror" in found.missing["b"]
    assert "status 404" in found.missing["b"]
    assert record_of(found)["missing"] == ["b", "c"]


def test_a_mirror_that_does_not_exist_is_an_error(folder: Path, tmp_path: Path):
    with pytest.raises(ValueError, match="mirror: no folder"):
        obtain([], folder, SourceOptions(str(tmp_path / "typo")))


@pytest.mark.parametrize("name", ["../a", "/etc/a", "b/a"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str):
    with pytest.raises(ValueError, match="not a plain file name"):
        listed("http://127.0.0.1", name)


def test_an_unknown_standin_policy_is_refused():
    with pytest.raises(ValueError, match="auto, never or always; got 'maybe'"):
        SourceOptions(standin="maybe")


def test_a_folder_without_provenance_is_an_error(folder: Path):
    with pytest.raises(ValueError, match="fetch the data set first"):
        read_record(folder)
    (folder / "source.json").write_text("{")
    with pytest.raises(ValueError, match="not readable JSON"):
        read_record(folder)
