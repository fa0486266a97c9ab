"""A cache that cannot be written is named with what to set."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from snakemake import common

from replication.workflow.cache_home import require_writable


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Snakemake remembers where its folders are; homes here are the test's own."""
    monkeypatch.setattr(common, "APPDIRS", None)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_a_home_that_does_not_exist_yet_is_made_and_left_empty(tmp_path: Path) -> None:
    require_writable()
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
    assert (tmp_path / "home").is_dir()


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("name", ["file", "file/below/it", "loop", "\n"])
def test_what_is_no_folder_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    for file in ("file", "\n"):
        (tmp_path / file).touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    monkeypatch.setenv(variable, str(tmp_path / name))
    with pytest.raises(SystemExit, match="set XDG_CACHE_HOME to a folder that can be written") as caught:
        require_writable()
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def _not_root(tmp_path: Path) -> Iterator[None]:
    """A home that may not be written, and root, who may write anywhere, as a user whom nothing belongs to."""
    (tmp_path / "home").mkdir(mode=0o500)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    yield
    os.seteuid(me)


@pytest.mark.usefixtures("_asked_anew", "_not_root")
def test_a_folder_of_somebody_elses_is_one_line() -> None:
    with pytest.raises(SystemExit, match=r"\(Permission denied\): set XDG_CACHE_HOME"):
        require_writable()


def test_a_cache_that_is_full_or_read_only_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    require_writable()
    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(SystemExit, match=r"\(Read-only file system\): set XDG_CACHE_HOME"):
        require_writable()
