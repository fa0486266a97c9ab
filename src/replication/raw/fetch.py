"""Raw files: already there, else from the mirror, else from the public address.

What cannot be had is reported, not raised: the data set decides whether it can do without, or takes its stand-in. Bytes
that came but are not the file are always an error.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote, urlsplit

from replication.files.artifacts import naming, write_json
from replication.raw.download import CorruptFileError, UnavailableError, download, fingerprint, part_of
from replication.raw.transfer import looks_like_html

__all__ = ["Obtained", "RawFile", "SourceOptions", "obtain", "raw_files", "read_record", "record_of", "standin_record"]

log = logging.getLogger(__name__)

OnStep = Callable[[int, int], None]

#: What lies in a data set's folder besides its files.
OWN_NAMES = ("fetch.run.json", "fetched.json", "source.json", "standin")


@dataclass(frozen=True)
class SourceOptions:
    """Where raw files may come from.

    Attributes:
        mirror: Folder or http(s) address laid out as data/README.md says, or None.
        standin: "auto" (if a public data set cannot be had), "never" (that is an error) or "always".
    """

    mirror: str | None = None
    standin: str = "auto"

    def __post_init__(self) -> None:
        if self.standin not in ("auto", "never", "always"):
            raise ValueError(f"standin must be auto, never or always; got {self.standin!r}")


@dataclass(frozen=True)
class RawFile:
    """A public file: its name, its path in a mirror, its address and, if pinned, its SHA-256.

    The name is one that can lie in the data set's folder beside what the fetch itself writes there, and nowhere else.
    """

    name: str
    mirror_path: str
    url: str
    sha256: str | None = None

    def __post_init__(self) -> None:
        name = self.name
        plain = name not in ("", ".", "..") and name == PurePosixPath(name).name == PureWindowsPath(name).name
        if not plain or not name.isprintable():
            raise ValueError(f"data.sources: {name!r} is not a plain file name")
        if name.lower() in OWN_NAMES or name.lower().endswith(".part"):
            raise ValueError(f"data.sources: {name!r} is a name that the fetch needs for itself")
        if not _is_url(self.url):
            raise ValueError(f"data.sources: expected an http(s) address of {name!r}; got {self.url!r}")


@dataclass
class Obtained:
    """What `obtain` found: each file's SHA-256 and origin, and why the missing ones are missing."""

    hashes: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def raw_files(sources: list[dict[str, Any]]) -> list[RawFile]:
    """The files that a data set's `sources` section lists.

    Args:
        sources: One entry a place: `folder` in the mirror, `url` of the public folder, `files` name -> SHA-256 or null.

    Raises:
        ValueError: A name would lead out of the data set's folder, or an address is none.
    """
    return [
        RawFile(name, f"{place['folder']}/{name}", f"{place['url']}/{quote(name)}", sha256)
        for place in sources
        for name, sha256 in place["files"].items()
    ]


def obtain(
    files: Iterable[RawFile],
    folder: Path,
    source: SourceOptions,
    on_step: OnStep | None = None,
    all_needed: bool = False,
) -> Obtained:
    """Put raw files into a folder.

    A file that is there already with the right hash is kept. folder/fetched.json remembers each file's first hash,
    with which an unpinned one is compared, and its origin; source.json is written anew at every fetch.

    Args:
        files: What is wanted.
        folder: Where the files go; nothing is written outside it.
        source: Mirror and stand-in policy.
        on_step: Called with the bytes so far and the total of the file under way.
        all_needed: Stop at the first file that cannot be had.

    Raises:
        CorruptFileError: A source's bytes are not the file, and no other source has it.
        ValueError: The mirror is a folder that does not exist.
    """
    mirror = source.mirror
    if mirror and not _is_url(mirror) and not Path(mirror).is_dir():
        raise ValueError(
            f"mirror: no folder {mirror!r}; expected a folder or http(s) address laid out as data/README.md"
        )
    before = _read_json(folder / "fetched.json") if (folder / "fetched.json").exists() else {}
    refused: dict[str, str] = {}
    found = Obtained()
    for file in files:
        try:
            sha256, origin = _obtain_one(file, folder, mirror, before, refused, on_step)
            found.hashes[file.name], found.origins[file.name] = sha256, origin
            entry = {"sha256": sha256, "origin": origin}
            if before.get(file.name) != entry:
                before[file.name] = entry
                write_json(folder / "fetched.json", before)
        except UnavailableError as problem:
            log.info("%s", problem)
            found.missing[file.name] = str(problem)
            if all_needed:
                break
    return found


def record_of(found: Obtained) -> dict[str, Any]:
    """The provenance of raw files that are public data, as folder/source.json holds it."""
    from_mirror = "mirror" in found.origins.values()
    return {
        "kind": "mirror" if from_mirror else "public",
        "reason": None,
        "files": dict(sorted(found.hashes.items())),
        "origins": dict(sorted(found.origins.items())),
        "missing": sorted(found.missing),
        "missing_reasons": dict(sorted(found.missing.items())),
    }


def standin_record(dataset: str, found: Obtained | None, source: SourceOptions, written: Iterable[Path]) -> dict:
    """The provenance of a stand-in, with the reason for taking it.

    Raises:
        ValueError: `standin` is never; the message says what could not be had and what to do.
    """
    if found is None:
        reason = "standin is always"
    else:
        first, *others = found.missing
        and_more = f" and {len(others)} more" if others else ""
        reason = f"{first}{and_more} cannot be had: {found.missing[first]}"
        if source.standin == "never":
            raise ValueError(
                f"{dataset}: {reason}; standin is never: set mirror (or REPLICATION_MIRROR), or allow the stand-in"
            )
        log.warning("%s: the stand-in serves, as %s", dataset, reason)
    files = {f"standin/{path.name}": fingerprint(path) for path in written}
    return {"kind": "standin", "reason": reason, "files": files, "missing": []}


def read_record(folder: Path) -> dict[str, Any]:
    """The provenance of a folder's raw files, as its fetch wrote it.

    Raises:
        ValueError: There is none, or it is not readable.
    """
    path = folder / "source.json"
    if not path.exists():
        raise ValueError(f"{path} is missing: fetch the data set first")
    return _read_json(path)


def _obtain_one(
    file: RawFile, folder: Path, mirror: str | None, before: dict, refused: dict[str, str], on_step: OnStep | None
) -> tuple[str, str]:
    """One file's SHA-256 and origin, from the first source that has it."""
    target = folder / file.name
    reasons: list[str] = []
    corrupt: CorruptFileError | None = None
    known = before.get(file.name, {})
    expected = file.sha256 or known.get("sha256")
    if target.exists():
        got = fingerprint(target)
        if expected in (None, got):
            return got, known.get("origin", "already there")
        corrupt = CorruptFileError(f"{target}: SHA-256 {got}, expected {expected}")
        reasons.append(str(corrupt))
    for origin, address in (("mirror", _address(mirror, file)), ("public", file.url)):
        if address is None:
            continue
        try:
            if _is_url(address):
                return download(address, target, expected, refused, on_step), origin
            return _copy(Path(address), target, expected), origin
        except UnavailableError as problem:
            reasons.append(str(problem))
        except CorruptFileError as problem:
            log.warning("%s", problem)
            reasons.append(str(problem))
            corrupt = problem
    if corrupt is not None:
        raise CorruptFileError("; ".join(reasons))
    raise UnavailableError("; ".join(reasons))


def _copy(origin: Path, target: Path, sha256: str | None) -> str:
    """Copy a mirror's file; it appears whole and verified, or not at all."""
    if not origin.is_file():
        raise UnavailableError(f"{origin.name}: not in the mirror")
    part = part_of(target)
    try:
        with naming(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        with origin.open("rb") as reading, naming(part), part.open("wb") as writing:
            shutil.copyfileobj(reading, writing, 1 << 20)
            writing.flush()
            os.fsync(writing.fileno())
        got = fingerprint(part)
        if sha256 not in (None, got):
            raise CorruptFileError(f"{origin}: SHA-256 {got} ({part.stat().st_size} bytes), expected {sha256}")
        with part.open("rb") as stream:
            head = stream.read(512)
        if not head or looks_like_html(head):
            raise CorruptFileError(f"{origin}: {'a web page' if head else 'empty'}, not the file")
        os.replace(part, target)
        return got
    finally:
        part.unlink(missing_ok=True)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is not readable JSON ({problem}): delete it and fetch again") from problem


def _address(mirror: str | None, file: RawFile) -> str | None:
    if not mirror:
        return None
    if _is_url(mirror):
        return f"{mirror.rstrip('/')}/{quote(file.mirror_path)}"
    return str(Path(mirror) / file.mirror_path)


def _is_url(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https")
